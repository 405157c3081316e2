import type * as z from 'zod';
import type { Project } from '../config/model.ts';
import type { Context } from '../context.ts';
import type { Deployed } from '../report/summary.ts';
import type { Checkout } from './git-facts.ts';
import type { Declaration } from './input/declaration.ts';
import type { ServiceState } from './state/state.ts';
import type { StateStore } from './state/store.ts';
import type { Voice } from './voice.ts';

/** What a command is given. Nothing but inputs has been read yet: the rest is looked up when it is asked for. */
export interface Call<Inputs> {
  readonly inputs: Inputs;
  readonly context: Context;
  /** drayage.yml with the inputs merged over it, for the environment asked for. */
  project(): Promise<Project>;
  /** The service that was named, or the only one. Throws INPUT_INVALID when there are several. */
  service(): Promise<string>;
  checkout(): Promise<Checkout>;
  /** Whether files of the checkout differ from its commit; undefined outside of one. */
  isDirty(): Promise<boolean | undefined>;
  /** On a laptop: warns when files differ from the commit that the image will be named after. */
  warnOfChanges(): Promise<void>;
  /** Begins to connect to servers that will be needed, before the code of the step is loaded. */
  warm(servers: readonly string[]): Promise<void>;
  /** Says which commit is deployed, where it is not the one that is checked out. */
  repeats(commit: string | undefined): void;
  /** What earlier steps of this run made of a service. Throws STATE_INVALID. */
  handedOver(project: Project, service: string): Promise<ServiceState | undefined>;
  readonly state: StateStore;
  /** Data the command was asked for, on standard output. */
  print(text: string): void;
  /** Prints data that arrives in pieces, line by line behind its source. */
  printer(source: string): Voice;
  readonly cwd: string;
}

export interface Result {
  /** By the names the declaration has; undefined ones are left out. */
  readonly outputs?: Readonly<Record<string, string | undefined>>;
  readonly deployed?: readonly Deployed[];
  /** Other than 0 for "changes found". */
  readonly exitStatus?: number;
  /** `failed` where something was left undone that must fail no job: warnings have said what. */
  readonly outcome?: 'failed';
}

export interface Command<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly declaration: Declaration<Shape>;
  run(call: Call<z.output<z.ZodObject<Shape>>>): Promise<Result>;
}

/** Forgets the exact inputs, so that commands can stand in one table. */
export interface AnyCommand {
  readonly declaration: Declaration;
  // A method: its parameter is checked for each command where it is written.
  run(call: Call<never>): Promise<Result>;
}
