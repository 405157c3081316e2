import type { Readable } from 'node:stream';
import { DrayageError } from './errors/drayage-error.ts';
import type { Argv, Completed } from './transport/server.ts';

/** A program on this machine that other people made. */
export type ProgramName = 'buildctl' | 'cosign' | 'docker' | 'trivy';

export interface ProgramRun {
  /** Besides what the program finds in the environment of the job; inputs and secrets of Drayage are not in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder of the job. */
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
  /** Runs a program without a shell. Resolves with its exit status, whatever that is, and the end of what it printed: a million characters of each stream. */
  run(argv: Argv, options?: ProgramRun): Promise<Completed>;
  /** A variable of the environment that programs have; undefined where it is unset or empty. */
  variable(name: string): string | undefined;
  folder(): Promise<PrivateFolder>;
  /** Keeps a file in `.drayage/` for whoever reads the run, and returns its name as a person would type it. */
  keep(name: string, content: string): Promise<string>;
  /** Adds Markdown to the summary of the job, also when the run fails. */
  summarize(markdown: string): void;
}

/** The programs of a run that offers some. */
export function programsOf({ programs }: { readonly programs?: () => Promise<Programs> }): Promise<Programs> {
  if (programs !== undefined) return programs();
  throw new DrayageError('INTERNAL_BUG', 'This step runs programs of this machine, and this process offers none.');
}
