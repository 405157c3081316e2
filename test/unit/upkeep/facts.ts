import { ownerLabels } from '../../../packages/core/src/config/names.ts';
import type { DeploymentRecord } from '../../../packages/core/src/service/record.ts';
import { noCache } from '../../../packages/core/src/upkeep/cache-usage.ts';
import type { ContainerFacts, ImageFacts, RecordFacts, ServerLook } from '../../../packages/core/src/upkeep/look.ts';
import type { ServiceScope } from '../../../packages/core/src/upkeep/scope.ts';

export const owner = { project: 'shop', environment: 'production', service: 'web' };

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

export const scope = (more: Partial<ServiceScope> = {}): ServiceScope => ({
  service: 'web',
  owner,
  resource: 'shop-production-web',
  keep: 2,
  repositories: ['ghcr.io/acme/web', 'shop-production-web'],
  nodes: ['node-1'],
  ...more,
});

/** An image that a build made on this day of November. */
export const built = (letter: string, day: number, more: Partial<ImageFacts> = {}): ImageFacts => ({
  id: digest(letter),
  tags: [`ghcr.io/acme/web:${letter.repeat(12)}`],
  digests: [],
  bytes: 1000,
  created: `2026-11-${String(day).padStart(2, '0')}T00:00:00Z`,
  tagged: '0001-01-01T00:00:00Z',
  labels: ownerLabels(owner),
  ...more,
});

export const container = (name: string, more: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: name,
  name,
  image: digest('9'),
  state: 'running',
  labels: {},
  bytes: 0,
  ...more,
});

export const record = (
  id: string,
  image: string,
  more: Partial<RecordFacts> & { status?: string } = {},
): RecordFacts => {
  const { status = 'done', ...facts } = more;
  return {
    resource: 'shop-production-web',
    life: 'ended',
    isCurrent: false,
    record: { id, status, service: 'web', pinnedImage: image, spec: { image } } as unknown as DeploymentRecord,
    ...facts,
  };
};

export const look = (more: Partial<ServerLook> = {}): ServerLook => ({
  now: 0,
  disk: { free: 0, total: 0 },
  images: [],
  containers: [],
  pinned: [],
  records: [],
  sources: [],
  mirrors: [],
  jobs: [],
  imageBytes: 0,
  cache: noCache,
  ...more,
});
