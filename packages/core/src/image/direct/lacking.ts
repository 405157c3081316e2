import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { contentPlaces } from './content-store.ts';
import type { EngineFacts } from './engine.ts';
import { chainOf } from './manifest.ts';
import type { StoredImage } from './stored-image.ts';

/**
 * Digests of the layers that a node does not have, the lowest first, as far as its store can be looked into: none where it
 * cannot. Only an expectation, for what is prepared; the engine itself decides what it fetches.
 */
export async function lackingLayers(
  node: Server,
  { store, root }: EngineFacts,
  { plainLayers }: StoredImage,
): Promise<readonly string[]> {
  if (plainLayers.length === 0 || store === 'other') return [];
  const hex = (digests: readonly string[]) => digests.map((digest) => digest.slice('sha256:'.length)).join(' ');
  const [places, names] =
    store === 'overlay'
      ? [[`${root}/image/overlay2/layerdb/sha256`], hex(chainOf(plainLayers))]
      : [contentPlaces(root), hex(plainLayers)];
  const script = `position=0
for name in ${names}; do
  found=
  for place in ${places.map(quote).join(' ')}; do [ ! -e "$place/$name" ] || found=1; done
  [ -n "$found" ] || echo $position
  position=$((position + 1))
done`;
  const { stdout } = await node.script(script, { purpose: 'Looking at the layers', repeatable: true });
  const positions = stdout.split('\n').filter((line) => line !== '');
  return positions.flatMap((position) => plainLayers[Number(position)] ?? []);
}
