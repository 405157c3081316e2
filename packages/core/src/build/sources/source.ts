import type { BuildSpec, Project, ServiceSpec, SourceSpec } from '../../config/model.ts';
import type { DrayageError } from '../../errors/drayage-error.ts';
import type { CheckoutFacts } from './checkout.ts';

/** A source that is wanted on a build server. */
export interface SourceTask<Source = SourceSpec> {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  readonly source: Source;
  /** Name of the build server. */
  readonly server: string;
  readonly git: CheckoutFacts;
  /** Whether a Dockerfile of the source steers the build: it may lie outside of the context, and must be there. */
  readonly hasDockerfile: boolean;
  /** Resolves when all servers of the run are connected; sources are read before, but not sent. */
  readonly reachable?: Promise<unknown>;
  /** Resolves when the server is known to be able to build. Sources may travel before; nothing is built. */
  readonly ready?: Promise<unknown>;
}

/** A source on its way to a build server: where it will be, and what the build's job does first so that it is there. */
export interface SourceOnServer {
  /** Names exactly this source and everything that steers its build: the same identity, the same bytes. */
  readonly identity: string;
  /** A name for exactly this source, for a tag where the service's own tags stand for nothing. */
  readonly uniqueTag: string;
  /** The commit it is, with what that is called; its `sha` is undefined for a source without one. */
  readonly commit: CheckoutFacts;
  /** Folder of the build context on the server; a relative one is in the job's folder. */
  readonly context: string;
  /** Named contexts as buildx takes them, folders by their place on the server. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Path of the Dockerfile on the server; a relative one is in the job's folder. Counts only where the build has one. */
  readonly dockerfile: string;
  /** Files of the job's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Title of the job's part that fetches the source; undefined where that takes no time of its own. */
  readonly title?: string;
  /** Shell text that brings the source to its place. */
  readonly script: string;
  /**
   * Shell text, run when the build may begin: keeps the source as it is (by a shared lock on descriptor 9) until the job ends. Exits
   * `superseded` when another run has replaced it.
   */
  readonly hold: string;
  /** The error behind a job that ended while it fetched the source, or with a status that is the source's own; undefined: not the source's fault. */
  readonly diagnose: (log: string, exitCode: number, wasFetching: boolean) => DrayageError | undefined;
  /** Brings the source again after another run has replaced it. */
  readonly again?: () => Promise<SourceOnServer>;
}
