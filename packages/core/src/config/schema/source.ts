import * as z from 'zod';
import { oneOf, presentKey } from './collections.ts';
import { flag, line, matching, text } from './pieces.ts';

/** A folder below the root of a source; it cannot leave it. */
const folder = () => matching(/^(?!(?:.*\/)?\.\.(?:\/|$))[^\0\r\n]+$/, 'a folder inside the source, without ".."');

const git = z.lazy(() =>
  z.strictObject({
    git: matching(
      /^(?:https?:\/\/(?![^/\s]*:[^/\s]*@)\S+|ssh:\/\/\S+|git:\/\/\S+|file:\/\/\S+|[\w.-]+@[^\s:/]+:\S+|\/\S+)$/,
      'the URL of a repository (https://…, ssh://… or git@host:path), without a password in it',
    ).describe('URL of the repository.'),
    ref: matching(/^(?!-)[^\s~^:?*[\\\0]+$/, 'a branch, a tag or a commit')
      .describe('Branch, tag or commit; default: the default branch.')
      .optional(),
    path: folder()
      .describe('Folder of the repository that is the root of the source; default all of it.')
      .prefault('/'),
    submodules: flag().describe('Fetch submodules too.').prefault(false),
    lfs: flag().describe('Fetch large files (git-lfs) too.').prefault(false),
    token: text('a token').describe('Token for https, by a reference to a secret.').optional(),
    key: text('a private key').describe('Deploy key for ssh, by a reference to a secret.').optional(),
  }),
);

const path = z.lazy(() =>
  z.strictObject({
    path: folder().describe("Folder of this checkout, relative to drayage.yml's; `.` is all of it."),
  }),
);

const archive = z.lazy(() =>
  z.strictObject({
    archive: line('a file name').describe(
      "A .tar, .tar.gz or .zip with the source, relative to drayage.yml's folder or absolute.",
    ),
  }),
);

const dockerfile = z.lazy(() =>
  z.strictObject({
    dockerfile: text('the text of a Dockerfile').describe(
      'Text of a Dockerfile; it has no files but those of build.contexts.',
    ),
  }),
);

const image = z.lazy(() =>
  z.strictObject({
    image: line('an image').describe('A prebuilt image, public or in one of the registries.'),
  }),
);

const kinds = ['git', 'path', 'archive', 'dockerfile', 'image'] as const;

/** `path` is a kind of its own, and the sub-folder of `git`. */
export const sourceSchema = oneOf({ git, path, archive, dockerfile, image }, (value) => {
  const expected = `a map with one of ${kinds.join(', ')}`;
  if (typeof value === 'string') return { expected, hint: 'For a folder of this checkout write { path: . }.' };
  const isGit = typeof value === 'object' && value !== null && 'git' in value;
  return presentKey(value, isGit ? kinds.filter((kind) => kind !== 'path') : kinds);
});
