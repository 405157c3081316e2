import { readableSize } from '../report/size.ts';
import type { ImageFacts } from './look.ts';
import type { ServerPlan } from './plan.ts';

/** Something that goes, or went. */
export interface Thing {
  /** image, container, record, source, mirror, job, cache or tag. */
  readonly kind: string;
  /** As people know it. */
  readonly name: string;
  /** As the scripts name it, where that is something else. */
  readonly id?: string;
  /** Images: without the layers they share with others. */
  readonly bytes: number;
  /** Why it goes; empty where its kind says it. */
  readonly why: string;
}

/** All that a plan takes, in the order in which it goes. */
export function thingsOf(plan: ServerPlan): Thing[] {
  return [
    ...plan.containers.map(({ id, name, bytes }) => ({
      kind: 'container',
      id,
      name: `container ${name}`,
      bytes,
      why: 'it stands still, and no deployment needs it',
    })),
    ...plan.records.map(({ resource, record }) => ({
      kind: 'record',
      id: `${resource}/${record.id}`,
      name: `deployment ${record.id}`,
      bytes: 0,
      why: `${record.service}: beyond what is kept`,
    })),
    ...plan.images.map(({ image, why }) => ({
      kind: 'image',
      id: image.id,
      name: imageName(image),
      bytes: image.bytes,
      why,
    })),
    ...plan.jobs.map(({ name, bytes }) => ({ kind: 'job', id: name, name: `folder of job ${name}`, bytes, why: '' })),
    ...plan.sources.map(({ name, bytes }) => ({
      kind: 'source',
      id: name,
      name: `copy of sources ${name}`,
      bytes,
      why: 'not used for long',
    })),
    ...plan.mirrors.map(({ name, bytes }) => ({
      kind: 'mirror',
      id: name,
      name: `git mirror ${name}`,
      bytes,
      why: 'not used for long',
    })),
  ];
}

export function imageName({ id, tags, digests }: ImageFacts): string {
  const short = id.replace(/^sha256:/, '').slice(0, 12);
  const [name = digests[0]?.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1')] = tags;
  return name === undefined ? `image ${short}` : `image ${name} (${short})`;
}

export function describeThing({ name, bytes, why }: Thing): string {
  const size = bytes === 0 ? '' : `, ${readableSize(bytes)}`;
  return `${name}${size}${why === '' ? '' : `: ${why}`}`;
}

/** What was to go and could not. */
export function describeStay(things: readonly Thing[], kind: string, id: string, reason: string): string {
  const name = things.find((thing) => thing.kind === kind && thing.id === id)?.name ?? `${kind} ${id}`;
  return `stays: ${name}${reason === '' ? '' : `: ${reason}`}`;
}

/** `1.2 GB (1288490188 bytes)` */
export function exactSize(bytes: number): string {
  return bytes < 1024 ? readableSize(bytes) : `${readableSize(bytes)} (${bytes} bytes)`;
}
