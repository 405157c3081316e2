import { createHash } from 'node:crypto';
import type { Manifest } from './client.ts';

/** One platform's image in a repository, or an index that a build made of it and its attestations. */
export interface Part {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly manifest: Manifest;
}

const mediaType = 'application/vnd.oci.image.index.v1+json';

/**
 * The image index (OCI image specification, image-index.md; Docker's manifest list) that offers these images as one. The same parts in the same order give
 * the same bytes.
 */
export function indexOf(parts: readonly Part[]): Manifest {
  const manifests = parts.flatMap(({ platform, manifest }) => descriptors(platform, manifest));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return { mediaType, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function descriptors(platform: string, manifest: Manifest): unknown[] {
  const { manifests } = JSON.parse(manifest.bytes.toString('utf8')) as { readonly manifests?: readonly unknown[] };
  // With attestations each build gives an index of its own; what is in it is taken over.
  if (manifests !== undefined) return [...manifests];
  const [os, architecture, variant] = platform.split('/');
  const { digest, bytes } = manifest;
  return [
    {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.length,
      platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
    },
  ];
}
