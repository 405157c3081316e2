import type { PrivateFolder } from '../programs.ts';
import type { Argv, Completed } from '../transport/server.ts';

export type ToolName = 'trivy' | 'cosign';

export interface ToolRun {
  /** Besides what the tool finds in the environment of the job; the secrets of the job are not in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program; the call then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** The machine of the job, as far as scanning and signing need it. */
export interface TrustTools {
  /** Path of a program. Throws TOOL_MISSING, TOOL_DOWNLOAD_FAILED, TOOL_CHECKSUM_MISMATCH. */
  path(name: ToolName): Promise<string>;
  /** Runs a program without a shell. Any exit status resolves. */
  run(argv: Argv, options?: ToolRun): Promise<Completed>;
  /** A variable of the job's environment; undefined where it is unset or empty. */
  variable(name: string): string | undefined;
  folder(): Promise<PrivateFolder>;
  /** Keeps a file in `.drayage/` for whoever reads the run, and returns its name as a person would type it. */
  keep(name: string, content: string): Promise<string>;
  /** Adds Markdown to the summary of the job, also when the run fails. */
  summarize(markdown: string): void;
}
