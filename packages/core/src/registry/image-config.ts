import type { Manifest, RegistryClient } from './client.ts';

/** One platform's image, as its configuration describes it (OCI image specification, config.md). */
export interface ImageConfig {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** Who its containers run as; empty: root. */
  readonly user: string;
}

/** The images behind a tag or digest, one a platform; none where there is no such manifest. Attestations are no images. */
export async function readImage(client: RegistryClient, path: string, reference: string): Promise<ImageConfig[]> {
  const manifest = await client.manifest(path, reference);
  if (manifest === undefined) return [];
  const { manifests, config } = record(JSON.parse(manifest.bytes.toString('utf8')));
  if (Array.isArray(manifests)) {
    const digests = manifests
      .map(record)
      .filter(isImage)
      .map(({ digest }) => String(digest));
    return (await Promise.all(digests.map((digest) => readImage(client, path, digest)))).flat();
  }
  const blob = await client.blob(path, String(record(config).digest));
  if (blob === undefined) return [];
  const { os, architecture, variant, config: settings } = record(JSON.parse(blob.toString('utf8')));
  const platform = [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '').join('/');
  const { User } = record(settings);
  return [{ platform, user: typeof User === 'string' ? User : '' }];
}

/** Labels of an image, or of the first of an index; undefined where the registry does not have its configuration. */
export async function readLabels(
  client: RegistryClient,
  path: string,
  manifest: Manifest,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { manifests, config } = record(JSON.parse(manifest.bytes.toString('utf8')));
  if (Array.isArray(manifests)) {
    const first = manifests.map(record).find(isImage);
    const child = first && (await client.manifest(path, String(first.digest)));
    return child && readLabels(client, path, child);
  }
  const blob = await client.blob(path, String(record(config).digest));
  if (blob === undefined) return undefined;
  const { config: settings } = record(JSON.parse(blob.toString('utf8')));
  const labels = Object.entries(record(record(settings).Labels));
  return Object.fromEntries(labels.map(([name, value]) => [name, String(value)]));
}

/** BuildKit lists its attestations as manifests of an unknown platform (moby/buildkit, docs/attestations/attestation-storage.md). */
function isImage({ annotations }: Readonly<Record<string, unknown>>): boolean {
  return record(annotations)['vnd.docker.reference.type'] !== 'attestation-manifest';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
