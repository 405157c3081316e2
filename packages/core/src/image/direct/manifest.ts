import { createHash } from 'node:crypto';
import * as z from 'zod';

export interface Layer {
  /** `sha256:…` of the layer's archive, which is not compressed: the "diff id" of the image's configuration. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

/**
 * The manifest of an image that its engine knows by its configuration alone (OCI image specification 1.1, manifest.md).
 * The same image has the same manifest, wherever and whenever it is made: there is no compression that could differ.
 */
export function plainManifest(configuration: Buffer, layers: readonly Layer[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(configuration),
        size: configuration.length,
      },
      layers: layers.map(({ digest, size }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest,
        size,
      })),
    }),
  );
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const configurationSchema = z.looseObject({ rootfs: z.looseObject({ diff_ids: z.array(z.string()).nullish() }) });

/** Digests of an image's layers, the lowest first. undefined for what is no configuration of an image. */
export function layersOf(configuration: Buffer): readonly string[] | undefined {
  const parsed = configurationSchema.safeParse(parse(configuration));
  const digests = parsed.data?.rootfs.diff_ids ?? [];
  return parsed.success && digests.every(isDigest) ? digests : undefined;
}

/** How an engine names each layer together with those below it (OCI image specification, config.md, "Layer ChainID"). */
export function chainOf(layers: readonly string[]): readonly string[] {
  const chain: string[] = [];
  for (const layer of layers) {
    const below = chain.at(-1);
    chain.push(below === undefined ? layer : digestOf(Buffer.from(`${below} ${layer}`)));
  }
  return chain;
}

const descriptor = z.looseObject({ digest: z.string(), size: z.number(), mediaType: z.string().optional() });
const manifestSchema = z.looseObject({
  mediaType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
});

export interface Contents {
  readonly mediaType: string;
  /** Configuration and layers. */
  readonly blobs: readonly Layer[];
  /** Manifests that an index lists. */
  readonly manifests: readonly string[];
}

/** What a manifest or an index refers to; undefined for what is neither. */
export function readManifest(bytes: Buffer): Contents | undefined {
  const { data } = manifestSchema.safeParse(parse(bytes));
  if (data === undefined || (data.config === undefined && data.manifests === undefined)) return undefined;
  const blobs = [...(data.config === undefined ? [] : [data.config]), ...(data.layers ?? [])];
  const manifests = (data.manifests ?? []).map(({ digest }) => digest);
  const index = 'application/vnd.oci.image.index.v1+json';
  return [...blobs.map(({ digest }) => digest), ...manifests].every(isDigest)
    ? { mediaType: data.mediaType ?? (data.manifests === undefined ? ociManifest : index), blobs, manifests }
    : undefined;
}

function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
