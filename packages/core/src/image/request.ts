import type { Project } from '../config/model.ts';
import type { GitFacts } from '../config/scope.ts';

export interface PushRequest {
  readonly project: Project;
  /** The service's name. */
  readonly service: string;
  /** Name of the server that holds the image. */
  readonly server: string;
  readonly git: GitFacts;
}

export interface PushedImage {
  /** Name or id of the image on the server. */
  readonly image: string;
  /** The commit the image was built of, where it is not this checkout's. */
  readonly sourceCommit?: string;
  /** `sha256:…` of the manifest, where the registry has it already: no server need have it. */
  readonly digest?: string;
  /** The registry is known to have it under all tags, too: there is nothing to ask or to do. */
  readonly isTagged?: boolean;
}

export interface PushResult {
  /** Repository and first tag. */
  readonly image: string;
  /** `sha256:…`, as the registry has it. */
  readonly digest: string;
  /** Repository and digest: what is deployed. */
  readonly pinnedImage: string;
  readonly tags: readonly string[];
}

/** A push as a part of the build's own job, in the form `build/apply.ts` takes. */
export interface PushInBuild {
  readonly title: string;
  readonly script: string;
  readonly onFolder: (folder: string) => void;
  readonly onWords: (words: readonly string[]) => void;
}
