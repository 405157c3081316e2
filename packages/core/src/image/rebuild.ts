import type { Project, ServiceSpec } from '../config/model.ts';
import { isOwnedBy, ownerOf } from '../config/names.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Manifest, RegistryClient } from '../registry/client.ts';
import { readLabels } from '../registry/image-config.ts';
import { namesCommit } from '../registry/tags.ts';
import type { Report } from '../report/report.ts';
import { settleTags, type TakenTags, type Wanted } from './immutable.ts';
import type { Destination } from './plan.ts';

export interface Rebuild {
  readonly project: Project;
  readonly service: ServiceSpec;
  /** The commit that is built now. */
  readonly commit: string | undefined;
}

/**
 * Like `settleTags`, but a new build of the same commit takes over a tag that names the commit, from an image that this service was built of from that very
 * commit: a base image is newer, the cache is gone, another server builds. Versions, other commits and other owners' images stay where they are: TAG_TAKEN. Only where
 * a tag is taken by another image is it looked at closely.
 */
export async function settleOrTakeOver(
  client: RegistryClient,
  { taken, wanted, rebuild }: { readonly taken: TakenTags; readonly wanted: Wanted; readonly rebuild: Rebuild },
  destination: Destination,
  report: Pick<Report, 'note'>,
): Promise<Manifest | undefined> {
  try {
    return settleTags(taken, wanted, destination);
  } catch (error) {
    if (!(error instanceof DrayageError) || error.code !== 'TAG_TAKEN') throw error;
    const standing = new Map<string, Manifest>();
    for (const [tag, manifest] of taken) {
      if (!(await isTakenOver(client, destination.path, manifest, tag, rebuild))) standing.set(tag, manifest);
    }
    settleTags(standing, wanted, destination);
    const moved = [...taken.keys()].filter((tag) => !standing.has(tag));
    report.note(`${moved.join(', ')} moves to this image: it was built anew of the commit that the tag names.`);
    return undefined;
  }
}

async function isTakenOver(
  client: RegistryClient,
  path: string,
  manifest: Manifest,
  tag: string,
  { project, service, commit }: Rebuild,
): Promise<boolean> {
  if (commit === undefined || !namesCommit(tag, commit)) return false;
  const labels = await readLabels(client, path, manifest);
  return labels?.['org.opencontainers.image.revision'] === commit && isOwnedBy(ownerOf(project, service), labels);
}
