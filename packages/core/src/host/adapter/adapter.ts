import type { Location } from '../../errors/drayage-error.ts';
import type { Paint } from '../../report/error-text.ts';
import type { Environment } from '../environment.ts';
import type { Print, View } from '../view/event.ts';

/** What an adapter is made from. */
export interface AdapterOptions {
  readonly env: Environment;
  /** The working directory. */
  readonly cwd: string;
  readonly print: Print;
  readonly printError: Print;
  readonly paint: Paint;
  /** The lines around a place in a file. */
  readonly excerpt: (at: Location) => string | undefined;
}

/** A CI, or a terminal: how progress looks there, and where outputs and summaries go. */
export interface Adapter {
  readonly view: View;
  /** Tells the CI to hide a value in its log. */
  mask(value: string): void;
  /** Hands an output on, or says why it cannot: what the platform would refuse fails the job after the work is done. */
  output(name: string, value: string): string | undefined;
  /** Data the command was asked for, where it cannot be printed as it is. */
  data?(text: string): void;
  summarize(markdown: string): Promise<void>;
}
