import { posix } from 'node:path';
import { formatImage, parseImage } from '../image-reference.ts';
import type { SourceSpec } from '../model.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import { filledSecret } from './build-values.ts';
import type { Reading } from './reading.ts';

/** Where an application comes from; without a source it is this checkout. */
export function sourceSpec(source: ParsedApplication['source'], path: Path, reading: Reading): SourceSpec {
  const at = [...path, 'source'];
  if (source === undefined) return { kind: 'path', path: '.' };
  if ('git' in source) return gitSource(source, at, reading);
  if ('path' in source) return { kind: 'path', path: posix.normalize(source.path).replace(/(?<=.)\/$/, '') };
  if ('image' in source) return { kind: 'image', image: imageWithTag(source.image, [...at, 'image'], reading) };
  if ('archive' in source) return { kind: 'archive', archive: source.archive };
  return { kind: 'dockerfile', dockerfile: source.dockerfile };
}

type Git = Extract<NonNullable<ParsedApplication['source']>, { git: string }>;

function gitSource(source: Git, at: Path, reading: Reading): SourceSpec {
  const overHttp = /^https?:/.test(source.git);
  const overSsh = /^ssh:|^[\w.-]+@/.test(source.git);
  const conflict = (key: string, needs: string) => {
    const message = `${printPath([...at, key])} is for ${needs}, but the repository is ${source.git}.`;
    reading.problems.error([...at, key], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  };
  if (source.token !== undefined && !overHttp) conflict('token', 'https URLs');
  if (source.key !== undefined && !overSsh) conflict('key', 'ssh URLs');
  return {
    kind: 'git',
    url: source.git,
    ref: source.ref,
    path: posix.join('/', source.path).replace(/(?<=.)\/$/, ''),
    token: source.token === undefined ? undefined : filledSecret([...at, 'token'], source.token, reading),
    key: source.key === undefined ? undefined : filledSecret([...at, 'key'], source.key, reading),
    submodules: source.submodules || undefined,
    lfs: source.lfs || undefined,
  };
}

function imageWithTag(text: string, at: Path, reading: Reading): string {
  const image = parseImage(text);
  if (image === undefined) {
    reading.problems.error(at, `${printPath(at)} is "${text}"; expected an image such as nginx:1.27-alpine.`);
    return text;
  }
  return formatImage(image.tag === undefined && image.digest === undefined ? { ...image, tag: 'latest' } : image);
}
