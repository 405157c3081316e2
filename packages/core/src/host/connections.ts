import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Project, ServerSpec } from '../config/model.ts';
import { serverHint } from '../config/server-address.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Report } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { dialPatience, openSshSocket } from '../transport/socket.ts';
import type { Target } from '../transport/target.ts';
import type { SshAccess } from './ssh-credentials.ts';
import type { Footprints } from './unfinished.ts';

export interface ConnectionOptions {
  readonly project: () => Promise<Project>;
  readonly access: () => Promise<SshAccess>;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Why this run has no key, where the CI withholds it. */
  readonly withheld?: () => DrayageError | undefined;
  /** Where it is written down what to clean up if this process is killed. */
  readonly footprints?: Footprints;
}

/** Milliseconds: a round trip to a server that is not next door. */
const headStart = 60;

/** One connection per server for the whole run. */
export class Connections implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  readonly #servers = new Map<string, Promise<Server>>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  connect(name: string): Promise<Server> {
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const opening = this.#open(name);
    this.#servers.set(name, opening);
    return opening;
  }

  /**
   * Begins to connect to servers that will be needed, and waits a little, so that the first packets are on their way
   * before this process is busy loading code. What fails here is thrown by `connect`.
   */
  async warm(names: readonly string[]): Promise<void> {
    const opening = Promise.allSettled(names.map((name) => this.connect(name)));
    await Promise.race([opening, sleep(headStart, undefined, { ref: false })]);
  }

  async #open(name: string): Promise<Server> {
    const { project, access, report, signal } = this.#options;
    const [{ servers }, given] = await Promise.all([project(), access()]);
    const target = targetOf(name, servers, given);
    const reason = target.host === 'local' || hasProof(target) ? undefined : this.#options.withheld?.();
    if (reason !== undefined) throw reason;
    // sshd gets its process ready while this one is busy loading the code that speaks with it.
    using ahead = new DialAhead(target, signal);
    await nextTurn();
    const { connect } = await import('../transport/connect.ts');
    const server = await connect(target, { report, signal, dial: ahead.dial });
    return this.#options.footprints === undefined ? server : leavingFootprints(server, this.#options.footprints);
  }

  /** Closes what is open. A connection that never came about is somebody else's error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#servers.values());
    await Promise.allSettled(
      opened.map((result) => (result.status === 'fulfilled' ? result.value[Symbol.asyncDispose]() : undefined)),
    );
  }
}

/** Whether there is anything to log in with. */
function hasProof({ auth: { privateKey, password, agent } }: Target): boolean {
  return [privateKey, password, agent].some((proof) => proof !== undefined && proof !== '');
}

/** A TCP connection that was begun before anybody asked for it; closed where nobody does. */
class DialAhead implements Disposable {
  #socket: Promise<Socket> | undefined;
  readonly #stop = new AbortController();

  constructor({ host, port, jump }: Target, signal: AbortSignal) {
    if (jump !== undefined || host === 'local') return;
    this.#socket = openSshSocket(host, port, dialPatience, AbortSignal.any([signal, this.#stop.signal]));
    this.#socket.catch(() => undefined);
  }

  readonly dial: typeof openSshSocket = (...address) => {
    const socket = this.#socket;
    this.#socket = undefined;
    return socket ?? openSshSocket(...address);
  };

  [Symbol.dispose](): void {
    if (this.#socket === undefined) return;
    this.#stop.abort();
    void this.#socket.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
  }
}

/** The same server, with its jobs written down. One without a lease must finish alone and is never ended by us. */
function leavingFootprints(server: Server, footprints: Footprints): Server {
  footprints.connected(server.name);
  const job: Server['job'] = async (options) => {
    if (options.lease === 0) return server.job(options);
    footprints.started(server.name, options.id);
    try {
      return await server.job(options);
    } finally {
      footprints.ended(server.name, options.id);
    }
  };
  return new Proxy(server, {
    get(target, key) {
      if (key === 'job') return job;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Address, login and check of a server of the project, with its jump hosts. */
export function targetOf(name: string, servers: Readonly<Record<string, ServerSpec>>, access: SshAccess): Target {
  const spec = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (spec === undefined) {
    throw new DrayageError('INPUT_INVALID', `There is no server "${name}".`, {
      hint: serverHint(name, Object.keys(servers)),
    });
  }
  const { host, port, user, hostKey, jump, role } = spec;
  if (host === '') {
    const what = `The server "${name}" has buildkit.address and no host: its buildkitd builds, and nothing else can be done on it.`;
    throw new DrayageError('INPUT_INVALID', what, { hint: `Add servers.${name}.host to reach it over SSH.` });
  }
  return {
    name,
    host,
    port,
    user,
    hostKey,
    ...access,
    jump: jump === undefined ? undefined : targetOf(jump, servers, access),
    // The server, the sources and the last build are looked at in the same moment.
    spareShells: role === 'deploy' ? 1 : 2,
  };
}
