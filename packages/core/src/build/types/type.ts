import type { BuildSpec, MaybeSecret, Project, ServiceSpec } from '../../config/model.ts';
import type { DrayageError } from '../../errors/drayage-error.ts';

/** What makes an image of a source. A new type is one file in this folder, and a line in `types.ts`. */
export interface BuildType {
  /** Whether a Dockerfile of the source steers the build. */
  readonly hasDockerfile: boolean;
  /** Its frontend merges layers, which BuildKit inside of an engine can with containerd's image store only. */
  readonly mergesLayers?: true;
  /** Throws BUILD_IMPOSSIBLE for what cannot be done, before anything runs. */
  readonly plan: (input: TypeInput) => Recipe;
  /** The error behind a failed build where this type knows better than BuildKit's output tells. */
  readonly diagnose?: (log: string, failed: Failed) => DrayageError | undefined;
}

export interface TypeInput {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** Folder of the build context on the server. */
  readonly context: string;
  /** Named contexts that the source brings, as buildx takes them. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** Path of the Dockerfile on the server, for types that have one. */
  readonly dockerfile: string;
  /** Names this run and no other: what must not come out of a cache is told apart by it. */
  readonly run: string;
}

export interface Failed {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** Name of the build server. */
  readonly server: string;
}

/** What is to be done on the build server: pure data and shell text, without secrets. */
export type Recipe = FrontendRecipe | ProgramRecipe;

interface Prepared {
  /** Shell text in front of the build, in the job's folder, with the Docker CLI's environment; exits other than 0 when it fails. */
  readonly prepare?: { readonly title: string; readonly script: string };
  /** Files of the job's folder, mode 0600 on tmpfs: secrets may stand here. */
  readonly files?: Readonly<Record<string, string>>;
}

/** BuildKit builds it, by a Dockerfile or another frontend: any driver can. */
export interface FrontendRecipe extends Prepared {
  readonly kind: 'frontend';
  /** Path of the Dockerfile, or of what else the frontend reads; a relative one is in the job's folder. */
  readonly file: string;
  /** Folder of the build context on the server. */
  readonly context: string;
  /** Further named contexts, as buildx takes them. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly args: Readonly<Record<string, MaybeSecret>>;
  /** Build secrets by id. */
  readonly secrets: Readonly<Record<string, MaybeSecret>>;
  /** The frontend makes no labels: the image gets them afterwards. */
  readonly ignoresLabels?: true;
}

/** A program on the server makes the image in the server's engine by itself: driver docker only. */
export interface ProgramRecipe extends Prepared {
  readonly kind: 'program';
  /** Shell text that makes the image under the name in `$interim`, and exits other than 0 when it fails. Names and labels are put on afterwards. */
  readonly script: string;
  /** A further name the finished image gets, for the next build to find it by. */
  readonly previous?: string;
}
