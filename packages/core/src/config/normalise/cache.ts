import { parseImage } from '../image-reference.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

/** Kinds of cache that need nothing but what a build has anyway. */
const kinds = ['registry', 'inline', 'local'];

/**
 * An entry of build.cache in BuildKit's own form (https://docs.docker.com/build/cache/backends/): an image's name alone is a cache in a registry,
 * `inline` a cache inside of the image, and what begins with `type=` stands as it is.
 */
export function cacheEntry(text: string, at: Path, reading: Reading): string {
  if (text === 'inline') return 'type=inline';
  const [, kind] = /^type=([^,]*)/.exec(text) ?? [];
  if (kind === undefined) {
    if (parseImage(text) !== undefined) return `type=registry,ref=${text}`;
    reading.problems.error(at, `${printPath(at)} is "${text}"; expected an image, inline, or type=….`, {
      hint: 'For example ghcr.io/acme/shop-web:cache, or type=registry,ref=ghcr.io/acme/shop-web:cache,mode=max.',
    });
  } else if (!kinds.includes(kind)) {
    reading.problems.error(at, `${printPath(at)} is of type ${kind}; expected ${kinds.join(', ')}.`, {
      hint: 'Other backends need credentials of their own; a registry is where the image goes already.',
    });
  } else if (kind === 'registry' && !/(?:^|,)ref=[^,]/.test(text)) {
    reading.problems.error(at, `${printPath(at)} names no image: type=registry needs ref=….`);
  } else if (kind === 'local' && !/(?:^|,)(?:src|dest)=\/[^,]/.test(text)) {
    reading.problems.error(at, `${printPath(at)} needs src=… or dest=… with the path of a folder on the build server.`);
  }
  return text;
}
