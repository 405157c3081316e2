import type { Duplex, Readable, Writable } from 'node:stream';

/** A program that runs on the other side. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program has ended and all its output was read; undefined when the connection broke before. */
  readonly ended: Promise<number | undefined>;
  /** Lets go of it at once; the program is not signalled. */
  abandon(): void;
}

/** A port of the other side, for as long as the connection stands. */
export interface LinkListener {
  readonly port: number;
  /** Connections that were accepted stay open. */
  close(): Promise<void>;
}

/** What a connection must be able to do. Everything else in this folder is built on it, for SSH and for this machine alike. */
export interface Link {
  readonly address: string;
  /** Runs a command line in the account's login shell. It must be fit for any shell, and hold nothing secret. */
  open(command: string): Promise<Channel>;
  dialUnix(path: string): Promise<Duplex>;
  dial(host: string, port: number): Promise<Duplex>;
  /** Accepts connections to a port of the other side's loopback; 0: any free one. Rejects where it cannot be had. */
  listen(port: number, accept: (stream: Duplex) => void): Promise<LinkListener>;
  /** Why the connection broke; undefined while it stands. */
  readonly lost: Error | undefined;
  close(): Promise<void>;
}
