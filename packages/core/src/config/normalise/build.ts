import { posix } from 'node:path';
import type { BuildSpec, ServerSpec } from '../model.ts';
import { buildSchema } from '../schema/build.ts';
import { once } from '../schema/collections.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import { refuseForeignKeys } from './build-keys.ts';
import type { Reading } from './reading.ts';

export function buildSpec(
  given: ParsedApplication['build'],
  path: Path,
  servers: readonly ServerSpec[],
  reading: Reading,
): BuildSpec {
  const build = given ?? buildSchema.parse({}, once);
  const at = [...path, 'build'];
  const type = build.type === 'auto' && ofDockerfile(build) ? 'dockerfile' : build.type;
  refuseForeignKeys(type, build, at, reading.problems);
  return {
    type,
    servers: build.servers ?? defaultBuilder(servers, at, reading),
    platforms: build.platforms,
    driver: build.driver === 'docker' ? 'docker' : 'auto',
    dockerfile: posix.normalize(build.dockerfile ?? 'Dockerfile'),
    context: posix.normalize(build.context).replace(/(?<=.)\/$/, ''),
    target: build.target,
    args: buildArgs(build.args, [...at, 'args'], reading),
    secrets: Object.fromEntries(
      Object.entries(build.secrets).map(([name, text]) => [name, reading.secret([...at, 'secrets', name], text)]),
    ),
    labels: build.labels,
    env: reading.values([...at, 'env'], build.env),
    version: build.version,
    command: build.command,
    site: {
      publish: posix.normalize(build.publish ?? '.').replace(/(?<=.)\/$/, ''),
      spa: build.spa,
      headers: build.headers,
      serverImage: build['server-image'],
    },
    file: build.file === undefined ? undefined : posix.normalize(build.file),
    noCache: build['no-cache'],
    timeout: build.timeout,
  };
}

/** Whoever names something that only a Dockerfile has, has one. */
function ofDockerfile({ dockerfile, target, args, contexts, ssh }: NonNullable<ParsedApplication['build']>): boolean {
  const named = Object.keys(args).length + Object.keys(contexts).length + ssh.length;
  return dockerfile !== undefined || target !== undefined || named > 0;
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

function buildArgs(args: Readonly<Record<string, string>>, at: Path, reading: Reading): BuildSpec['args'] {
  const values = reading.values(at, args);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') continue;
    reading.problems.warn(
      [...at, name],
      `${printPath([...at, name])} carries a secret, and build arguments can be read in the image; build.secrets leaves no trace.`,
    );
  }
  return values;
}
