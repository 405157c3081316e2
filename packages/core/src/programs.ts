import type { Readable } from 'node:stream';

/** A program on this machine that other people made. */
export type ProgramName = 'buildctl' | 'docker';

export interface ProgramRun {
  /** Besides what the program finds in the environment of the job; inputs and secrets of Drayage are not in it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: Readable;
  /** Called with what it prints, both streams as they come. */
  readonly onOutput?: (chunk: string) => void;
  /** Ends the program; the call then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** A folder that only this account may enter. Everything in it goes when it is disposed of, or the process ends. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file of mode 0600, with the folders above it, and returns its path. */
  write(name: string, content: string): Promise<string>;
}

/** The machine this process runs on, as far as a step needs it. */
export interface Programs {
  /** Path of a program. Throws TOOL_MISSING, TOOL_DOWNLOAD_FAILED, TOOL_CHECKSUM_MISMATCH. */
  path(name: ProgramName): Promise<string>;
  /** Runs a program without a shell. Resolves with its exit status, whatever that is. */
  run(argv: readonly [string, ...string[]], options?: ProgramRun): Promise<number>;
  folder(): Promise<PrivateFolder>;
}
