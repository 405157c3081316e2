import { parseImage } from '../config/image-reference.ts';
import { isOwnedBy, labelPrefix } from '../config/names.ts';
import { isSameRepository } from '../registry/hosts.ts';
import { keeperName } from '../service/job/retirement.ts';
import type { ContainerFacts, Folder, ImageFacts, RecordFacts, ServerLook } from './look.ts';
import { forgottenRecords, type Needed } from './needed.ts';
import type { ServiceScope } from './scope.ts';

export interface ImageRemoval {
  readonly image: ImageFacts;
  readonly service: string;
  readonly why: string;
}

/** An image of ours that is beyond what is kept, and stays for the sake of others. */
export interface ImageSpared {
  readonly image: ImageFacts;
  readonly why: string;
}

/** What goes from one server. */
export interface ServerPlan {
  readonly images: readonly ImageRemoval[];
  readonly spared: readonly ImageSpared[];
  readonly containers: readonly ContainerFacts[];
  readonly records: readonly RecordFacts[];
  readonly sources: readonly Folder[];
  readonly mirrors: readonly Folder[];
  readonly jobs: readonly Folder[];
  /** Bytes of build cache beyond what is kept. */
  readonly cacheExcess: number;
}

export interface PlanInput {
  readonly look: ServerLook;
  readonly needed: Needed;
  /** Services whose images, containers and records may be touched there. */
  readonly scopes: readonly ServiceScope[];
  /** Whether images are built there: else sources, mirrors and the build cache are none of ours. */
  readonly builds: boolean;
  /** Bytes of build cache that stay. */
  readonly keepStorage: number;
}

/** Decides what goes from one server. Pure. What carries no label or name of the services in scope is never part of it. */
export function planServer({ look, needed, scopes, builds, keepStorage }: PlanInput): ServerPlan {
  const used = new Set(look.containers.map(({ image }) => image));
  const fates = scopes.map((scope) => imagesOf(look, scope, needed, used));
  return {
    images: fates.flatMap(({ removed }) => removed),
    spared: fates.flatMap(({ spared }) => spared),
    containers: scopes.flatMap((scope) => stoppedLeftovers(look, scope)),
    records: forgottenRecords(look.records, scopes),
    sources: builds ? look.sources : [],
    mirrors: builds ? look.mirrors : [],
    jobs: look.jobs,
    cacheExcess: builds ? Math.max(0, look.cache.total - keepStorage) : 0,
  };
}

/** Whether there is nothing to do. */
export function isEmpty({ images, containers, records, sources, mirrors, jobs, cacheExcess }: ServerPlan): boolean {
  return cacheExcess === 0 && [images, containers, records, sources, mirrors, jobs].every((list) => list.length === 0);
}

function imagesOf(look: ServerLook, scope: ServiceScope, needed: Needed, used: ReadonlySet<string>) {
  const keeper = keeperName(scope.resource);
  const built = look.images
    .filter(({ labels }) => isOwnedBy(scope.owner, labels))
    .sort((one, other) => lastNamed(other) - lastNamed(one));
  // Prebuilt images have no label of ours; those that a deployment pulled have its name.
  const pulled = look.images.filter(
    (image) => !built.includes(image) && image.tags.some((name) => isSameRepository(name, keeper)),
  );
  const repositories = [
    keeper,
    ...scope.repositories,
    ...look.records.flatMap(({ resource, record }) => (resource === scope.resource ? [record.pinnedImage] : [])),
  ];
  const isForeign = (name: string) => !repositories.some((repository) => isSameRepository(name, repository));
  const isFree = ({ id, digests }: ImageFacts) =>
    !used.has(id) && ![id, ...digests.map(digestOf)].some((digest) => needed.digests.has(digest));
  // An image of others in its own repository may be anybody's; only by our name alone it is ours. A digest is what it was pulled by.
  const foreignName = (image: ImageFacts) =>
    built.includes(image)
      ? [...image.tags, ...image.digests].find(isForeign)
      : image.tags.find((name) => !isSameRepository(name, keeper));
  const ours = built.filter((image) => isNamed(image) && foreignName(image) === undefined);
  const newest = new Set(ours.slice(0, scope.keep));
  const removed: ImageRemoval[] = [];
  const spared: ImageSpared[] = [];
  for (const image of [...built, ...pulled]) {
    if (!isFree(image) || newest.has(image)) continue;
    const foreign = foreignName(image);
    if (foreign !== undefined) spared.push({ image, why: `somebody named it ${foreign}` });
    else removed.push({ image, service: scope.service, why: reason(image, scope, built.includes(image)) });
  }
  return { removed, spared };
}

function reason(image: ImageFacts, { service, keep }: ServiceScope, isBuilt: boolean): string {
  if (!isNamed(image)) return `${service}: it has no name any more`;
  return isBuilt ? `${service}: beyond the last ${keep}` : `${service}: its deployment is forgotten`;
}

const isNamed = ({ tags, digests }: ImageFacts): boolean => tags.length + digests.length > 0;

/** Milliseconds. An old image that was built again counts from then on. */
function lastNamed({ tagged, created }: ImageFacts): number {
  return Math.max(Date.parse(tagged) || 0, Date.parse(created) || 0);
}

const digestOf = (name: string): string => parseImage(name)?.digest ?? '';

/**
 * Containers of deployments that stand still and are neither what serves nor of a deployment that runs. The owner's labels
 * alone say nothing: whoever runs our image by hand gets them from it. Swarm's own keep the errors of tasks, and Swarm removes
 * them.
 */
function stoppedLeftovers({ containers, records }: ServerLook, { owner, resource }: ServiceScope): ContainerFacts[] {
  const wanted = records
    .filter((entry) => entry.resource === resource && (entry.isCurrent || entry.life === 'running'))
    .map(({ record }) => record.id);
  return containers.filter(({ state, labels }) => {
    const deployment = labels[`${labelPrefix}.deployment`];
    if (!['exited', 'created', 'dead'].includes(state) || !isOwnedBy(owner, labels)) return false;
    if (labels['com.docker.swarm.task.id'] !== undefined) return false;
    return deployment !== undefined && !wanted.includes(deployment);
  });
}
