import type { RecordFacts, ServerLook } from './look.ts';
import type { ServiceScope } from './scope.ts';

/** What nothing may be taken from, found over all servers that were looked at. */
export interface Needed {
  /** `sha256:…` of manifests and of images, that a kept record or a service of a Swarm refers to. */
  readonly digests: ReadonlySet<string>;
  /** Kept records, by `resource/id`. */
  readonly records: ReadonlySet<string>;
}

/**
 * The records beyond what is kept: of each outcome the newest `keep` stay, as after every deployment, and always what serves and what still runs.
 * Records of services outside of the scope all stay.
 */
export function forgottenRecords(records: readonly RecordFacts[], scopes: readonly ServiceScope[]): RecordFacts[] {
  return scopes.flatMap(({ resource, keep }) => {
    const own = records
      .filter((entry) => entry.resource === resource)
      .sort((one, other) => (one.record.id < other.record.id ? 1 : -1));
    const beyond = [
      own.filter(({ record }) => record.status === 'done'),
      own.filter(({ record }) => record.status !== 'done'),
    ];
    return beyond.flatMap((list) => list.slice(keep)).filter(({ isCurrent, life }) => !isCurrent && life !== 'running');
  });
}

/** A digest that one server's record needs stays on every server: workers of a Swarm have no records of their own. */
export function neededBy(looks: readonly ServerLook[], scopes: readonly ServiceScope[]): Needed {
  const kept = looks.flatMap(({ records }) => {
    const forgotten = new Set(forgottenRecords(records, scopes));
    return records.filter((entry) => !forgotten.has(entry));
  });
  const images = [
    ...kept.flatMap(({ record }) => [record.pinnedImage, record.spec.image]),
    ...looks.flatMap(({ pinned }) => pinned),
  ];
  return {
    digests: new Set(images.flatMap((image) => /sha256:[0-9a-f]{64}/.exec(image) ?? [])),
    records: new Set(kept.map(({ resource, record }) => `${resource}/${record.id}`)),
  };
}
