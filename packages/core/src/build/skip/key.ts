import { hash } from 'node:crypto';
import type { BuildSpec, MaybeSecret } from '../../config/model.ts';
import { isSecret } from '../../config/secret.ts';
import { releases } from '../../tools/catalogue.ts';
import { pinned } from '../types/pinned.ts';
import { fingerprint } from '../types/values.ts';

/**
 * Names what goes into an image, beside the images it is built from: the same key gives the same image. Secrets of a Dockerfile count by name only, as they do for BuildKit's
 * own cache; arguments that come from secrets, and the variables of other types, by a fingerprint of their values. What the image is called, and the labels that tell its commit, are not part of it: a commit that leaves the source as it was needs no new image.
 *
 * @param source Names exactly one source, with everything the type of the build reads of it.
 */
export function buildKey(source: string, build: BuildSpec, labels: Readonly<Record<string, string>>): string {
  const { servers: _, timeout: __, noCache: ___, driver: ____, args, secrets, ...rest } = build;
  const inputs = {
    version,
    source,
    labels,
    args: plain(args),
    values: fingerprint(args),
    secrets: Object.keys(secrets).sort(),
    ...plainDeep(rest),
    ...(build.type === 'dockerfile'
      ? {}
      : { pinned, tools: toolVersions, variables: fingerprint({ ...build.env, ...secrets }) }),
  };
  return hash('sha256', JSON.stringify(inputs, sorted));
}

const toolVersions = Object.fromEntries(Object.entries(releases).map(([name, release]) => [name, release.pinned]));

/** Raised when the same inputs begin to give another image. */
const version = 2;

function plain(values: Readonly<Record<string, MaybeSecret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isSecret(value) ? '***' : value]));
}

/** Secrets anywhere else print as `***` by themselves. */
function plainDeep(value: object): object {
  return JSON.parse(JSON.stringify(value));
}

/** JSON with the keys of every map in one order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
