import { DrayageError } from '../errors/drayage-error.ts';
import type { Manifest, RegistryClient } from '../registry/client.ts';
import type { Destination } from './plan.ts';

/** What an image is known by; either may be unknown. */
export interface Wanted {
  /** Digests the image has, or will have, in the registry. */
  readonly digests: readonly string[];
  /** Its id on the build server: digest of its configuration, or of its manifest where the engine keeps images in containerd. */
  readonly imageId?: string;
}

/** Tags that stand for one image for good, and for what the registry has them. */
export type TakenTags = ReadonlyMap<string, Manifest>;

/** Asks the registry which of these tags it has. Throws REGISTRY_…. */
export async function takenTags(
  client: RegistryClient,
  { path, registry }: Destination,
  tags: readonly string[],
): Promise<TakenTags> {
  const look = async (tag: string) => {
    // There a look at a manifest counts as a pull, and a look at its digest does not.
    if (registry.host === 'docker.io' && (await client.digest(path, tag)) === undefined) return undefined;
    return client.manifest(path, tag);
  };
  const found = await Promise.all(tags.map(async (tag) => [tag, await look(tag)] as const));
  return new Map(found.flatMap(([tag, manifest]) => (manifest === undefined ? [] : [[tag, manifest] as const])));
}

/**
 * The wanted image as the registry has it under these tags already; undefined where they are free. Throws TAG_TAKEN where one stands
 * for another image, before anything is pushed.
 */
export function settleTags(taken: TakenTags, wanted: Wanted, { repository }: Destination): Manifest | undefined {
  for (const [tag, manifest] of taken) {
    if (isSame(manifest, wanted)) continue;
    throw new DrayageError(
      'TAG_TAKEN',
      `The tag ${tag} stands for another image in ${repository}: ${manifest.digest}. Nothing was pushed.`,
      {
        hint: `A commit or a whole version names one image. Deploy that one (drayage deploy-service --image ${repository}@${manifest.digest}), or commit, or tag anew, what has changed.`,
      },
    );
  }
  return [...taken.values()][0];
}

/** A manifest names the configuration it is of; an index of several platforms does not. */
function isSame({ digest, bytes }: Manifest, { digests, imageId }: Wanted): boolean {
  if (digests.includes(digest) || digest === imageId) return true;
  const config: unknown = Object(JSON.parse(bytes.toString('utf8'))).config?.digest;
  return config !== undefined && config === imageId;
}
