import type { Secret } from './model.ts';

/** Where an application comes from. */
export type SourceSpec =
  | {
      readonly kind: 'git';
      readonly url: string;
      /** Branch, tag or commit; the default branch where undefined. */
      readonly ref?: string;
      /** Folder of the repository that is the source's root, `/` for all. */
      readonly path: string;
      readonly token?: Secret;
      /** Private key of a deploy key. */
      readonly key?: Secret;
      /** Fetch submodules too, and what git-lfs keeps. */
      readonly submodules?: boolean;
      readonly lfs?: boolean;
    }
  | { readonly kind: 'path' /** Relative to drayage.yml's folder. */; readonly path: string }
  | { readonly kind: 'archive' /** A file, relative to drayage.yml's folder or absolute. */; readonly archive: string }
  | { readonly kind: 'dockerfile' /** Its text. */; readonly dockerfile: string }
  | { readonly kind: 'image'; readonly image: string };
