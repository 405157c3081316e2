import type { Duplex, Readable } from 'node:stream';

/** Program and arguments; every element reaches the remote program as one argument, byte for byte. */
export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  /** Sent to standard input, which is closed after it; without it standard input is empty. */
  readonly stdin?: string | Uint8Array | Readable;
  /** Environment of the command. Never part of the command line, so `ps` does not show the values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with output as it arrives (both streams), besides being collected. */
  readonly onOutput?: (chunk: string) => void;
  /** Milliseconds until the command is ended and REMOTE_TIMEOUT thrown; none by default. */
  readonly timeout?: number;
  /** Exit statuses that do not throw; default [0]. */
  readonly accept?: readonly number[] | 'any';
  readonly signal?: AbortSignal;
  /** With whose rights: by default those that Docker and the state folder need (root, by sudo where it must be); false: the account's own. */
  readonly privileged?: boolean;
  /** Running it twice does no more than running it once: where the connection breaks it is run again over a new one. */
  readonly repeatable?: boolean;
  /** What is being done, for messages: "Reading the records". By default the program's name. */
  readonly purpose?: string;
}

export interface Completed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Where an engine listens that is not rootless. */
export const engineSocket = '/var/run/docker.sock';

/** A port of the server on which connections are accepted for this process. */
export interface Listener {
  readonly port: number;
  /** Connections that were accepted stay open. */
  close(): Promise<void>;
}

/** How far a detached job has come. */
export interface JobResult {
  readonly exitCode: number;
  /** Bytes of the log that were delivered. */
  readonly offset: number;
}

export interface JobOptions {
  /** Unique per server; letters, digits and hyphens. Starting a job whose id exists attaches to it: the script runs once. */
  readonly id: string;
  /** POSIX sh. Runs in its own session and process group, inside its private folder (0700 on tmpfs), which is `$DRAYAGE_JOB`. */
  readonly script: string;
  /** Files put into the job's folder before it starts (name → content, mode 0600), removed when it ends. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Called with the log (stdout and stderr in order) as it grows; never twice with the same byte, also after a reconnect. */
  readonly onOutput?: (chunk: string) => void;
  /** Ends the job's process group (TERM, then KILL after 3 s) and rejects with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Milliseconds; the job is ended on the server when it takes longer, also when no client is connected. */
  readonly timeout?: number;
  /** Seconds without a connected client's renewal after which the job ends itself; default 60. 0: never (it must finish alone). */
  readonly lease?: number;
}

/**
 * One server, connected once per process: over SSH, or this machine for `host: local`.
 * Every method may be called concurrently; channels are capped inside. Methods throw DrayageError.
 */
export interface Server extends AsyncDisposable {
  /** The name in drayage.yml, or the address it was given as. */
  readonly name: string;
  /** `user@host:port` or `this machine`: for messages. */
  readonly address: string;
  /** Known from the moment of connecting: what kind of account this is and where state lives. Scripts also have them as $DRAYAGE_STATE and $DRAYAGE_RUN. */
  readonly account: Account;
  /** Runs one program. REMOTE_COMMAND_FAILED names program, exit status and last line. */
  run(argv: Argv, options?: RunOptions): Promise<Completed>;
  /**
   * Runs POSIX sh text in one round trip, over a shell that is kept open. The text is never part of a command line.
   * stdin is /dev/null unless given.
   */
  script(text: string, options?: RunOptions): Promise<Completed>;
  /** Writes a file: mode first, temporary name in the same folder, rename. Parent folders are made (0700). */
  upload(path: string, content: string | Uint8Array | Readable, mode?: number): Promise<void>;
  /** Reads a whole file; undefined where there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** A connection to a unix socket on the server. */
  dialUnix(path: string): Promise<Duplex>;
  /** A TCP connection made by the server. */
  dial(host: string, port: number): Promise<Duplex>;
  /**
   * Accepts connections to a port of the server's loopback (127.0.0.1); 0: any free one. The port stays ours when the
   * connection to the server breaks and is made again; what was connected to it then has lost its connection.
   * Throws SSH_FORWARDING_REFUSED where the port is taken or the server forwards none.
   */
  listen(port: number, accept: (stream: Duplex) => void): Promise<Listener>;
  /** Standard input and output of a remote program, for protocols (`docker system dial-stdio`). */
  pipe(argv: Argv): Promise<Duplex>;
  /** Starts a detached job, follows its log across reconnects, and resolves with its exit status (any status). */
  job(options: JobOptions): Promise<JobResult>;
}

export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  /** How commands get the rights Docker and the state folder need: as root, by `sudo -n`, or by the docker group. */
  readonly privilege: 'root' | 'sudo' | 'docker-group' | 'none';
  /** State that outlives a run: /var/lib/drayage or ~/.local/share/drayage. */
  readonly stateDir: string;
  /** tmpfs folder (0700) of this account: /run/drayage/<uid>, or a fallback on tmpfs where setup has not run. */
  readonly runDir: string;
  /** Socket of a rootless engine, where the account has one and no rights on the system's. */
  readonly dockerSocket?: string;
  /** Changes with every start of the server's kernel. */
  readonly bootId: string;
}
