import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Channel, Link, LinkListener } from './link.ts';
import { quote } from './shell.ts';

const proxies = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/**
 * Programs start with what a login over SSH would give them. The environment of a CI job, with its tokens, stays out of
 * them: they may outlive the job, and show their environment to whoever may look at them.
 */
const scrubbed = `${proxies.map((name) => `[ -z "\${${name}:-}" ] || set -- "$@" "${name}=$${name}"`).join('\n')}
exec env -i PATH="$PATH" HOME="\${HOME:-/}" USER="\${USER:-}" LOGNAME="\${LOGNAME:-}" "$@" sh -c "$command"`;

/** The shell of this machine that the scripts for servers are written for. Throws INPUT_INVALID where there is none. */
export function localShell(platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return '/bin/sh';
  throw new DrayageError('INPUT_INVALID', 'This machine runs Windows, and it cannot be a server of its own.', {
    hint: 'Start Drayage in WSL, or name a Linux server instead of `local`.',
  });
}

/** This machine, by child processes: no SSH. Each program leads its own session, as under sshd. */
export class LocalLink implements Link {
  readonly address = 'this machine';
  readonly lost = undefined;
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  async open(command: string): Promise<Channel> {
    const child = spawn(localShell(), ['-c', `command=${quote(command)}\n${scrubbed}`], {
      detached: true,
      stdio: 'pipe',
    });
    await once(child, 'spawn');
    this.#running.add(child);
    // A program may end before it has read all its input: its exit status says whether that matters.
    child.stdin.on('error', () => undefined);
    const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
      this.#running.delete(child);
      return typeof code === 'number' ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    const abandon = () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    };
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, abandon };
  }

  dialUnix(path: string): Promise<Duplex> {
    return opened(connect({ path }));
  }

  dial(host: string, port: number): Promise<Duplex> {
    return opened(connect({ host, port, noDelay: true }));
  }

  async listen(port: number, accept: (stream: Duplex) => void): Promise<LinkListener> {
    const server = createServer({ noDelay: true }, accept).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it has no port');
    return { port: address.port, close: async () => void server.close() };
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.stdin.end();
  }
}

async function opened(socket: Socket): Promise<Socket> {
  await once(socket, 'connect');
  return socket;
}
