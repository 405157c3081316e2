import { posix } from 'node:path';
import type { BuildSpec, ServerSpec } from '../model.ts';
import { buildSchema } from '../schema/build.ts';
import { once } from '../schema/collections.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import { buildArgs, buildSecrets, namedContexts } from './build-values.ts';
import { cacheEntry } from './cache.ts';
import { nanoCpus } from './deploy.ts';
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
    driver: build.driver,
    dockerfile: posix.normalize(build.dockerfile),
    context: posix.normalize(build.context).replace(/(?<=.)\/$/, ''),
    contexts: namedContexts(build.contexts),
    target: build.target,
    args: buildArgs(build.args, [...at, 'args'], reading),
    secrets: buildSecrets(build.secrets, [...at, 'secrets'], reading),
    ssh: sshKeys(build.ssh, [...at, 'ssh'], reading),
    labels: build.labels,
    network: build.network,
    cache: {
      from: build.cache.from.map((text, index) => cacheEntry(text, [...at, 'cache', 'from', index], reading)),
      to: build.cache.to.map((text, index) => cacheEntry(text, [...at, 'cache', 'to', index], reading)),
    },
    noCache: build['no-cache'],
    sbom: build.sbom,
    provenance: build.provenance,
    resources: { nanoCpus: nanoCpus(build.resources.cpus), memory: build.resources.memory },
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

/** `<id>=<private key>`, each. There is no agent of the user's on a build server, so the key itself is given. */
function sshKeys(given: readonly string[], at: Path, reading: Reading): BuildSpec['ssh'] {
  const keys: Record<string, BuildSpec['ssh'][string]> = {};
  for (const [index, text] of given.entries()) {
    const path = [...at, index];
    const [, id, key] = /^([A-Za-z0-9][\w.-]*)=(.*)$/s.exec(text) ?? [];
    if (id === undefined || key === undefined || key.trim() === '') {
      // The text is not repeated: it may hold a key.
      const message = `${printPath(path)} names no private key: on a build server there is no SSH agent of yours.`;
      reading.problems.error(path, message, { hint: 'Write, for example, "default=${{ secrets.DEPLOY_KEY }}".' });
    } else if (Object.hasOwn(keys, id)) {
      reading.problems.error(path, `${printPath(at)} has the id "${id}" twice.`, { code: 'CONFIG_CONFLICT' });
    } else keys[id] = reading.secret(path, key);
  }
  return keys;
}
