import { privateFolder } from '../../docker/cli-lines.ts';
import type { OfferedBlob } from '../../registry/offer.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { layerArchive } from './layer-archive.ts';
import { chainOf, digestOf, type Layer, layersOf, ociManifest, plainManifest } from './manifest.ts';
import { imageOfParts, type StoredImage } from './stored-image.ts';
import { parseTarSplit, type TarPiece } from './tar-split.ts';

/**
 * An image in the engine's own store (overlay2), read where it lies: nothing is copied on the server, nothing compressed,
 * and of layers that nobody asks for nothing is read at all. The engine exports an image only whole, and twice to its disk
 * on the way. The layout is the same since Docker 1.10 (moby: layer/filestore.go, image/fs.go); whatever is not as expected
 * makes this undefined, and should a layer ever come out differently, its digest does not fit and the node refuses it.
 *
 * @param root The engine's data folder.
 * @param imageId Of the image's configuration.
 */
export async function overlayImage(server: Server, root: string, imageId: string): Promise<StoredImage | undefined> {
  const store = `${root}/image/overlay2`;
  const hex = imageId.slice('sha256:'.length);
  const configuration = await server.read(`${store}/imagedb/content/sha256/${hex}`).catch(() => undefined);
  if (configuration === undefined || digestOf(configuration) !== imageId) return undefined;
  const digests = layersOf(configuration);
  const found = digests === undefined ? undefined : await findLayers(server, store, digests);
  if (found === undefined) return undefined;
  const layers = found.map((layer) => ({ ...layer, ...layerBlob(server, root, layer) }));
  return imageOfParts(plainManifest(configuration, layers), ociManifest, configuration, layers);
}

interface StoredLayer extends Layer {
  /** The store's folder for it. */
  readonly folder: string;
  /** Name of its files' folder. */
  readonly cacheId: string;
}

/**
 * Bytes of a layer's archive, from what is kept of it: contents have a size, and what stands between them has its length in
 * base64. It is counted once for each layer.
 */
const countSize = `awk '/^{"type":2/ {
  if (match($0, /"payload":"[^"]*"/)) {
    text = substr($0, RSTART + 11, RLENGTH - 12); size += length(text) / 4 * 3
    if (text ~ /==$/) size -= 2; else if (text ~ /=$/) size -= 1
  }
}
/^{"type":1/ { if (match($0, /"size":[0-9]+/)) size += substr($0, RSTART + 7, RLENGTH - 7) }
END { printf "%.0f\\n", size }'`;

async function findLayers(
  server: Server,
  store: string,
  digests: readonly string[],
): Promise<readonly StoredLayer[] | undefined> {
  const folders = chainOf(digests).map((chain) => `${store}/layerdb/sha256/${chain.slice('sha256:'.length)}`);
  const lines = folders.map((folder, index) => `one ${quote(folder)} ${digests[index]?.slice('sha256:'.length)}`);
  const script = `(
umask 077
${privateFolder('layers')}
cd "$DRAYAGE_STATE/layers" || exit 1
one() {
  read -r cache <"$1/cache-id" || [ -n "$cache" ] || exit 1
  if ! read -r size 2>/dev/null <"$2"; then
    size=$(gzip -dc "$1/tar-split.json.gz" | ${countSize}) && echo "$size" >"$2.$$" && mv -f "$2.$$" "$2" || exit 1
  fi
  touch -c "$2"
  echo "$cache $size"
}
${lines.join('\n')}
find . -type f -mtime +60 -delete 2>/dev/null
:
)`;
  const { stdout, exitCode } = await server.script(script, {
    purpose: 'Looking at the layers',
    repeatable: true,
    accept: 'any',
  });
  const words = stdout
    .trim()
    .split('\n')
    .map((line) => /^([a-z0-9]+) ([0-9]+)$/.exec(line));
  if (exitCode !== 0 || (digests.length > 0 && words.length !== digests.length)) return undefined;
  const layers = digests.map((digest, index) => {
    const [, cacheId = '', size = ''] = words[index] ?? [];
    return { digest, size: Number(size), folder: folders[index] ?? '', cacheId };
  });
  return layers.every(({ size }) => size > 0) ? layers : undefined;
}

/** Reads files of the folder `$1` from standard input's names on; `$3` first, without its first `$2` bytes. */
const readFiles = `cd "$1" || exit 1
[ "$2" = 0 ] || tail -c "+$(( $2 + 1 ))" -- "$3" || exit 1
exec xargs -0 -r cat --`;

function layerBlob(server: Server, root: string, { folder, cacheId, size }: StoredLayer): Pick<OfferedBlob, 'open'> {
  let pieces: Promise<readonly TarPiece[]> | undefined;
  const readPieces = async (): Promise<readonly TarPiece[]> => {
    const compressed = await server.read(`${folder}/tar-split.json.gz`);
    const parsed = compressed === undefined ? undefined : parseTarSplit(compressed);
    const total = parsed?.reduce((sum, piece) => sum + piece.size, 0);
    if (parsed === undefined || total !== size) throw new Error('a layer is not stored as expected');
    return parsed;
  };
  const contents = async (files: readonly string[], skip: number) => {
    const [first = '', ...others] = files.map((name) => `./${name}`);
    const names = skip === 0 ? [first, ...others] : others;
    const argv = ['sh', '-c', readFiles, 'read', `${root}/overlay2/${cacheId}/diff`, String(skip), first] as const;
    const stream = await server.pipe(argv);
    stream.end(names.map((name) => `${name}\0`).join(''));
    return stream;
  };
  return {
    open: async (from) => {
      // A connection that broke meanwhile is made again, and the layer asked for again.
      pieces ??= readPieces().catch((error: unknown) => {
        pieces = undefined;
        throw error;
      });
      return layerArchive(await pieces, from, contents);
    },
  };
}
