import type { RegistrySpec } from '../config/model.ts';

/** What an engine's BuildKit knows of registries, and a BuildKit of one's own must be told. */
export interface RegistryFacts {
  /** URLs of mirrors of Docker Hub. */
  readonly mirrors: readonly string[];
  /** Hosts that speak plain HTTP, or TLS nobody checks. */
  readonly insecure: readonly string[];
}

export interface BuildkitdWish {
  /** Bytes. */
  readonly keepStorage?: number;
  readonly maxParallelism?: number;
  readonly registries: readonly RegistrySpec[];
  readonly facts: RegistryFacts;
  /** Names the file that holds the authority of a registry. */
  readonly caFile: (registry: string) => string;
  /** Where to listen with mutual TLS; undefined: on the socket in its container only. */
  readonly listen?: { readonly address: string; readonly folder: string };
}

/** Bytes of build cache that stay where nothing is said. */
export const defaultKeepStorage = 20 * 1024 ** 3;

/**
 * Text of a buildkitd.toml (moby/buildkit, docs/buildkitd.toml.md; version 0.17 and newer). First goes what is cheap to make again and was not
 * used for two days, then anything beyond the space that is kept.
 */
export function buildkitdConfig(wish: BuildkitdWish): string {
  const { keepStorage = defaultKeepStorage, maxParallelism, listen } = wish;
  const lines = [
    ...(listen === undefined
      ? []
      : [
          '[grpc]',
          `  address = ["unix:///run/buildkit/buildkitd.sock", ${quoted(listen.address)}]`,
          '[grpc.tls]',
          `  cert = ${quoted(`${listen.folder}/server.pem`)}`,
          `  key = ${quoted(`${listen.folder}/server-key.pem`)}`,
          `  ca = ${quoted(`${listen.folder}/ca.pem`)}`,
        ]),
    '[worker.oci]',
    '  gc = true',
    ...(maxParallelism === undefined ? [] : [`  max-parallelism = ${maxParallelism}`]),
    '[[worker.oci.gcpolicy]]',
    '  filters = ["type==source.local", "type==exec.cachemount", "type==source.git.checkout"]',
    '  keepDuration = "48h"',
    `  maxUsedSpace = ${Math.floor(keepStorage / 10)}`,
    '[[worker.oci.gcpolicy]]',
    '  all = true',
    `  reservedSpace = ${Math.floor(keepStorage / 2)}`,
    `  maxUsedSpace = ${keepStorage}`,
    ...registryTables(wish),
  ];
  return `${lines.join('\n')}\n`;
}

function registryTables({ registries, facts, caFile }: BuildkitdWish): string[] {
  const mirrors = facts.mirrors.map((url) => ({
    host: url.replace(/^https?:\/\//, '').replace(/\/+$/, ''),
    isPlain: url.startsWith('http://'),
  }));
  const plain = new Set([
    ...facts.insecure,
    ...mirrors.filter(({ isPlain }) => isPlain).map(({ host }) => host),
    ...registries.filter(({ insecure }) => insecure).map(({ host }) => host),
  ]);
  const authorities = registries.filter(({ ca }) => ca !== undefined).map(({ host }) => host);
  const hub = mirrors.length === 0 ? [] : [`  mirrors = [${mirrors.map(({ host }) => quoted(host)).join(', ')}]`];
  const hosts = new Set([...(hub.length === 0 ? [] : ['docker.io']), ...plain, ...authorities]);
  return [...hosts].flatMap((host) => [
    `[registry.${quoted(host)}]`,
    ...(host === 'docker.io' ? hub : []),
    ...(plain.has(host) ? ['  http = true'] : []),
    ...(authorities.includes(host) ? [`  ca = [${quoted(caFile(host))}]`] : []),
  ]);
}

/** A basic string of TOML. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
