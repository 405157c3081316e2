import * as z from 'zod';

/** What a builder's cache takes. Bytes. */
export interface CacheUsage {
  readonly total: number;
  /** What a prune could free: neither in use nor shared with an image. */
  readonly reclaimable: number;
  /** By BuildKit's type of record: `regular`, `source.local`, `exec.cachemount`, …; the largest first. */
  readonly byType: readonly { readonly type: string; readonly bytes: number; readonly count: number }[];
}

export const noCache: CacheUsage = { total: 0, reclaimable: 0, byType: [] };

// Docker's engine and BuildKit's own client write the same record with other letters (moby: api/types/build/cache.go; buildkit: client/diskusage.go).
const engineRecord = z.object({ Type: z.string(), Size: z.number(), InUse: z.boolean(), Shared: z.boolean() });
const clientRecord = z.object({
  recordType: z.string().default('regular'),
  size: z.number().default(0),
  inUse: z.boolean().default(false),
  shared: z.boolean().default(false),
});

/** The engine's answer to `/system/df?type=build-cache`. */
export function parseCache(body: unknown): CacheUsage {
  const { BuildCache: records } = z
    .object({ BuildCache: z.array(z.unknown()).nullish() })
    .catch({ BuildCache: [] })
    .parse(body);
  return usageOf(
    (records ?? []).flatMap((each) => {
      const { success, data } = engineRecord.safeParse(each);
      return success ? [{ type: data.Type, size: data.Size, inUse: data.InUse, shared: data.Shared }] : [];
    }),
  );
}

/** What `buildctl du --format '{{json .}}'` prints. */
export function parseBuildctl(text: string): CacheUsage {
  const records: unknown = parseJson(text);
  return usageOf(
    (Array.isArray(records) ? records : []).flatMap((each) => {
      const { success, data } = clientRecord.safeParse(each);
      return success ? [{ ...data, type: data.recordType }] : [];
    }),
  );
}

interface CacheRecord {
  readonly type: string;
  readonly size: number;
  readonly inUse: boolean;
  readonly shared: boolean;
}

/** A shared record's bytes are an image's; BuildKit does not count them when it prunes. */
function usageOf(records: readonly CacheRecord[]): CacheUsage {
  const own = records.filter(({ shared }) => !shared);
  const types = new Map<string, { bytes: number; count: number }>();
  for (const { type, size } of own) {
    const { bytes, count } = types.get(type) ?? { bytes: 0, count: 0 };
    types.set(type, { bytes: bytes + size, count: count + 1 });
  }
  const sum = (list: readonly CacheRecord[]) => list.reduce((total, { size }) => total + size, 0);
  return {
    total: sum(own),
    reclaimable: sum(own.filter(({ inUse }) => !inUse)),
    byType: [...types].map(([type, found]) => ({ type, ...found })).sort((a, b) => b.bytes - a.bytes),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
