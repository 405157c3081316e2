import { secret } from '../../../packages/core/src/config/secret.ts';
import { RegistryClient } from '../../../packages/core/src/registry/client.ts';
import type { Registry } from '../../lab/registry.ts';

export function clientOf({ host, username, password, ca }: Registry): RegistryClient {
  return new RegistryClient({ host, username, password: secret(password), ca, insecure: ca === undefined });
}

interface Index {
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** Predicate types of the attestations that an image in a registry has. */
export async function attestationsOf(registry: Registry, path: string, digest: string): Promise<string[]> {
  await using client = clientOf(registry);
  const index: Index = JSON.parse((await client.manifest(path, digest))?.bytes.toString() ?? '{}');
  const found = index.manifests.filter(
    (each) => each.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  );
  const types: string[] = [];
  for (const each of found) {
    const { layers } = JSON.parse((await client.manifest(path, each.digest))?.bytes.toString() ?? '{}');
    for (const layer of layers) {
      const statement = JSON.parse((await client.blob(path, layer.digest))?.toString() ?? '{}');
      types.push(statement.predicateType);
    }
  }
  return types.sort();
}
