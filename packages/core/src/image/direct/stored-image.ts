import { Readable } from 'node:stream';
import type { OfferedBlob, OfferedImage, OfferedManifest } from '../../registry/offer.ts';
import type { Server } from '../../transport/server.ts';
import { type Contents, digestOf, type Layer, readManifest } from './manifest.ts';

/** An image as a build server stores it, readable in pieces. */
export interface StoredImage extends OfferedImage {
  /** Of its manifest or index. */
  readonly digest: string;
  /** Layers whose digest is that of the archive itself, not of a compressed one. */
  readonly plainLayers: readonly string[];
}

/** A blob that is held in memory. */
export function blobOf(bytes: Buffer): OfferedBlob {
  return { size: bytes.length, open: async (from) => Readable.from([bytes.subarray(from)]) };
}

/** A blob that is a file on the server. */
export function fileBlob(server: Server, path: string, size: number): OfferedBlob {
  return { size, open: (from) => server.pipe(['tail', '-c', `+${from + 1}`, '--', path]) };
}

/**
 * An image whose manifest is stored as it is, beside its blobs. Of an index only those manifests are offered that are
 * there. undefined where the manifest cannot be read.
 *
 * @param pathOf Where the server has the content of a digest.
 */
export async function imageOfFiles(
  server: Server,
  digest: string,
  pathOf: (digest: string) => string,
): Promise<StoredImage | undefined> {
  const manifests = new Map<string, OfferedManifest>();
  const blobs = new Map<string, OfferedBlob>();
  const read = async (wanted: string): Promise<Contents | undefined> => {
    const bytes = await server.read(pathOf(wanted)).catch(() => undefined);
    const contents = bytes === undefined || digestOf(bytes) !== wanted ? undefined : readManifest(bytes);
    if (bytes === undefined || contents === undefined) return undefined;
    manifests.set(wanted, { mediaType: contents.mediaType, bytes });
    for (const blob of contents.blobs) blobs.set(blob.digest, fileBlob(server, pathOf(blob.digest), blob.size));
    await Promise.all(contents.manifests.map(read));
    return contents;
  };
  return (await read(digest)) === undefined ? undefined : { digest, manifests, blobs, plainLayers: [] };
}

/** An image put together from its configuration and its layers, under the manifest given. */
export function imageOfParts(
  manifest: Buffer,
  mediaType: string,
  configuration: Buffer,
  layers: readonly (Layer & Pick<OfferedBlob, 'open'>)[],
): StoredImage {
  const digest = digestOf(manifest);
  return {
    digest,
    manifests: new Map([[digest, { mediaType, bytes: manifest }]]),
    blobs: new Map<string, OfferedBlob>([
      [digestOf(configuration), blobOf(configuration)],
      ...layers.map((layer) => [layer.digest, layer] as const),
    ]),
    plainLayers: layers.map((layer) => layer.digest),
  };
}
