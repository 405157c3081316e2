import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import Docker from 'dockerode';
import { DrayageError } from '../errors/drayage-error.ts';
import { engineSocket, type Server } from '../transport/server.ts';
import { explainEngine } from './failure.ts';
import { DialAgent } from './socket.ts';

/** The Docker Engine API as dockerode offers it; other files of this folder take the type from here. */
export type DockerApi = Docker;

export interface CallOptions {
  /** Milliseconds until DOCKER_UNREACHABLE; default 60 000. 0: none, for requests that stream. */
  readonly timeout?: number;
}

/** The engine of one server, over the server's own connection. */
export interface Engine {
  readonly server: Server;
  /**
   * Makes a request. `what` names it in errors ("Inspecting container web"). Throws DOCKER_FAILED with the engine's words
   * (see `statusOf`), DOCKER_DENIED, DOCKER_MISSING or DOCKER_UNREACHABLE.
   */
  call<T>(what: string, request: (docker: DockerApi) => Promise<T>, options?: CallOptions): Promise<T>;
  /** Closes its connections; the server stays connected. */
  close(): void;
}

/** The engine that `server` runs. Connects with the first request. */
export function engineOn(server: Server): Engine {
  const agent = new DialAgent(dialler(server));
  const docker = new Docker({ protocol: 'http', host: 'docker', port: 80, ...({ agent } satisfies { agent: Agent }) });
  return {
    server,
    call: (what, request, { timeout = 60_000 } = {}) => limited(server, what, timeout, () => request(docker), agent),
    close: () => agent.destroy(),
  };
}

/**
 * Straight to the socket where the account may; else through `docker system dial-stdio`, which has the rights of sudo
 * and needs no leave of sshd to forward. What worked once is kept.
 */
function dialler(server: Server): () => Promise<Duplex> {
  const { dockerSocket, privilege } = server.account;
  const mayDial = privilege !== 'sudo';
  let direct = mayDial;
  const throughProgram = async () => {
    const stream = await server.pipe(['docker', 'system', 'dial-stdio']);
    return stream.once('error', () => {
      direct = mayDial;
    });
  };
  return async () => {
    if (!direct) return throughProgram();
    try {
      return await server.dialUnix(dockerSocket ?? engineSocket);
    } catch (error) {
      if (error instanceof DrayageError && error.code === 'SSH_CONNECTION_LOST') throw error;
      direct = false;
      return throughProgram();
    }
  };
}

async function limited<T>(
  server: Server,
  what: string,
  timeout: number,
  request: () => Promise<T>,
  agent: DialAgent,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    if (timeout === 0) return;
    timer = setTimeout(() => {
      // The connection would carry the late answer of this request to the next one.
      agent.destroy();
      reject(
        new DrayageError(
          'DOCKER_UNREACHABLE',
          `${what} on ${server.name}: the engine gave no answer within ${timeout / 1000} s.`,
        ),
      );
    }, timeout);
  });
  try {
    return await Promise.race([request(), late]);
  } catch (error) {
    throw explainEngine(server, what, error);
  } finally {
    clearTimeout(timer);
  }
}
