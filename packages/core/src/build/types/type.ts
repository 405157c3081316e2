import type { BuildSpec, MaybeSecret, Project, ServiceSpec } from '../../config/model.ts';

/** What makes an image of a source. A new type is one file in this folder, and a line in `types.ts`. */
export interface BuildType {
  /** Whether a Dockerfile of the source steers the build. */
  readonly hasDockerfile: boolean;
  /** Throws BUILD_IMPOSSIBLE for what cannot be done, before anything runs. */
  readonly plan: (input: TypeInput) => Recipe;
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
}

/** A program on the server makes the image in the server's engine by itself: driver docker only. */
export interface ProgramRecipe extends Prepared {
  readonly kind: 'program';
  /**
   * Shell text that makes the image under all these names, labelled with these, and prints `@drayage image <id>`; `buildLines` in ../job-lines.ts
   * does the rest.
   */
  readonly script: (names: readonly [string, ...string[]], labels: Readonly<Record<string, string>>) => string;
}
