import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { imageOfFiles, type StoredImage } from './stored-image.ts';

/** Where containerd keeps contents by digest: the system's own, and one that the engine runs for itself. */
export const contentPlaces = (root: string): readonly string[] =>
  ['/var/lib/containerd', `${root}/containerd/daemon`].map(
    (folder) => `${folder}/io.containerd.content.v1.content/blobs/sha256`,
  );

/** An image in the containerd image store, read where it lies, as it was built: its manifest is the one the engine names it by. */
export async function contentImage(server: Server, root: string, imageId: string): Promise<StoredImage | undefined> {
  const hex = imageId.slice('sha256:'.length);
  const script = `for place in ${contentPlaces(root).map(quote).join(' ')}; do
  if [ -r "$place/${hex}" ]; then echo "$place"; break; fi
done`;
  const { stdout } = await server.script(script, { purpose: 'Looking for the image', repeatable: true, accept: 'any' });
  const place = stdout.trim();
  return place === ''
    ? undefined
    : imageOfFiles(server, imageId, (digest) => `${place}/${digest.slice('sha256:'.length)}`);
}
