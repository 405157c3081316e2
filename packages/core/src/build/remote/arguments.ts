import type { BuildSpec, RegistrySpec } from '../../config/model.ts';
import { isSecret } from '../../config/secret.ts';
import { secretFile, sshFile } from '../drivers/arguments.ts';
import { jobFile } from '../job-files.ts';
import type { FrontendRecipe } from '../types/type.ts';
import type { RemoteBuilder } from './connection.ts';
import type { RemoteSource } from './source.ts';

/** Names of files in the folder of a build, beside those every build has. */
export const remoteFile = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem', archive: 'image.tar' } as const;

export interface RemoteBuild {
  readonly builder: RemoteBuilder;
  readonly build: BuildSpec;
  readonly recipe: FrontendRecipe;
  readonly source: Pick<RemoteSource, 'arguments' | 'secrets' | 'ssh'>;
  readonly platforms: readonly string[];
  readonly names: readonly [string, ...string[]];
  readonly labels: Readonly<Record<string, string>>;
  /** Repository without tag, which gets the image by its digest; undefined: nothing is pushed. */
  readonly push: { readonly repository: string; readonly registry: RegistrySpec } | undefined;
  /** Whether the image is also written into an archive, for this machine's engine. */
  readonly load: boolean;
}

/**
 * Arguments of buildctl (moby/buildkit, docs/reference/buildctl.md and docs of the Dockerfile frontend). Paths are relative to the build's folder; no secret
 * stands in it.
 */
export function buildctlArguments(asked: RemoteBuild): string[] {
  const { builder, build, recipe, source, platforms, labels } = asked;
  return [
    `--addr=${builder.address}`,
    `--tlsservername=${builder.host}`,
    ...[`--tlscacert=${remoteFile.ca}`, `--tlscert=${remoteFile.cert}`, `--tlskey=${remoteFile.key}`],
    'build',
    '--progress=plain',
    `--metadata-file=${jobFile.metadata}`,
    '--frontend=dockerfile.v0',
    ...source.arguments,
    ...options({
      target: recipe.target,
      platform: platforms.length === 0 ? undefined : platforms.join(','),
      'no-cache': build.noCache ? '' : undefined,
      'force-network-mode': build.network === 'default' ? undefined : build.network,
      ...limits(build.resources),
      ...attestations(build),
      ...prefixed('label:', labels),
      ...prefixed('build-arg:', recipe.args),
      ...prefixed('context:', recipe.contexts),
    }),
    ...Object.keys(recipe.secrets).map((id) => `--secret=id=${id},src=${secretFile(id)}`),
    ...Object.keys(source.secrets).map((id) => `--secret=id=${id},src=${secretFile(id)}`),
    ...[...new Set([...Object.keys(build.ssh), ...Object.keys(source.ssh)])].map((id) => `--ssh=${id}=${sshFile(id)}`),
    ...build.cache.from.map((entry) => `--import-cache=${entry}`),
    ...build.cache.to.map((entry) => `--export-cache=${entry}`),
    ...outputs(asked),
  ];
}

function options(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--opt=${name}=${value}`]));
}

/** What carries a secret has no place in a command line; the plan has refused it. */
function prefixed(prefix: string, values: Readonly<Record<string, unknown>>): Record<string, string> {
  const plain = Object.entries(values).filter(([, value]) => !isSecret(value));
  return Object.fromEntries(plain.map(([name, value]) => [`${prefix}${name}`, String(value)]));
}

/** Of each RUN step; BuildKit 0.30 and newer heed them. */
function limits({ nanoCpus, memory }: BuildSpec['resources']): Record<string, string | undefined> {
  const period = 100_000;
  return {
    cpuperiod: nanoCpus === undefined ? undefined : String(period),
    cpuquota: nanoCpus === undefined ? undefined : String(Math.round((nanoCpus / 1e9) * period)),
    memory: memory?.toString(),
    memswap: memory?.toString(),
  };
}

function attestations({ provenance, sbom }: BuildSpec): Record<string, string | undefined> {
  return {
    'attest:provenance': provenance ? 'mode=min' : undefined,
    'attest:sbom': sbom === false ? undefined : sbom === true ? '' : `generator=${sbom}`,
  };
}

function outputs({ names, push, load }: RemoteBuild): string[] {
  const pushed =
    push === undefined
      ? []
      : [
          [
            'type=image',
            `name=${push.repository}`,
            'push=true',
            'push-by-digest=true',
            'name-canonical=true',
            ...(push.registry.insecure ? ['registry.insecure=true'] : []),
          ].join(','),
        ];
  const loaded = load ? [`type=docker,${namesField(names)},dest=${remoteFile.archive}`] : [];
  return [...pushed, ...loaded].map((output) => `--output=${output}`);
}

/** The value is one of comma-separated fields, and holds commas itself where there are several names. */
function namesField(names: readonly string[]): string {
  return names.length === 1 ? `name=${names[0]}` : `"name=${names.join(',')}"`;
}
