import { posix } from 'node:path';
import type { BuildSpec, ServerSpec } from '../model.ts';
import { buildSchema } from '../schema/build.ts';
import { once } from '../schema/collections.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import { buildArgs, buildSecrets, namedContexts } from './build-values.ts';
import type { Reading } from './reading.ts';

export function buildSpec(
  given: ParsedApplication['build'],
  path: Path,
  servers: readonly ServerSpec[],
  reading: Reading,
): BuildSpec {
  const build = given ?? buildSchema.parse({}, once);
  const at = [...path, 'build'];
  return {
    type: 'dockerfile',
    servers: build.servers ?? defaultBuilder(servers, at, reading),
    platforms: build.platforms,
    driver: build.driver === 'docker' ? 'docker' : 'auto',
    dockerfile: posix.normalize(build.dockerfile),
    context: posix.normalize(build.context).replace(/(?<=.)\/$/, ''),
    contexts: namedContexts(build.contexts),
    target: build.target,
    args: buildArgs(build.args, [...at, 'args'], reading),
    secrets: buildSecrets(build.secrets, [...at, 'secrets'], reading),
    labels: build.labels,
    noCache: build['no-cache'],
    timeout: build.timeout,
  };
}

/** A server that only builds comes before one that does both. */
function defaultBuilder(servers: readonly ServerSpec[], at: Path, reading: Reading): readonly string[] {
  const builder = servers.find((server) => server.role === 'build') ?? servers.find((server) => server.role === 'both');
  if (builder !== undefined) return [builder.name];
  reading.problems.error(at, `${printPath(at)} has no server to run on: no server has the role build or both.`, {
    what: 'key',
  });
  return [];
}
