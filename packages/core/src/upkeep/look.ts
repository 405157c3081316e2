import * as z from 'zod';
import type { Context } from '../context.ts';
import { parseBatch } from '../docker/api-batch.ts';
import { askEngine } from '../docker/ask.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type DeploymentRecord, parseRecord } from '../service/record.ts';
import type { Server } from '../transport/server.ts';
import { type CacheUsage, noCache, parseCache } from './cache-usage.ts';
import { lookScript, usageQuestions } from './look-script.ts';

export interface ImageFacts {
  readonly id: string;
  /** `repository:tag` */
  readonly tags: readonly string[];
  /** `repository@sha256:…` */
  readonly digests: readonly string[];
  /** Of its own, without the layers it shares with others. */
  readonly bytes: number;
  /** RFC 3339. */
  readonly created: string;
  /** When it was last given a name on this server, as the engine writes it; the year 1 or empty where it never was. */
  readonly tagged: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  /** Id of its image. */
  readonly image: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes it has written, where it stands still and is of the project. */
  readonly bytes: number;
}

export interface RecordFacts {
  readonly resource: string;
  /** `running` while its job lives. */
  readonly life: 'ended' | 'running' | 'dead';
  readonly isCurrent: boolean;
  readonly record: DeploymentRecord;
}

/** A folder of ours. */
export interface Folder {
  readonly name: string;
  /** Seconds since the epoch, by the server's clock; 0 where that does not matter. */
  readonly usedAt: number;
  readonly bytes: number;
}

/** What one look at a server tells about what could go. */
export interface ServerLook {
  /** Seconds since the epoch, by the server's clock. */
  readonly now: number;
  /** Bytes, where the engine keeps its images. */
  readonly disk: { readonly free: number; readonly total: number };
  readonly images: readonly ImageFacts[];
  /** All of them, whoever owns them. */
  readonly containers: readonly ContainerFacts[];
  /** Images of Swarm's services, where the server is a manager. */
  readonly pinned: readonly string[];
  readonly records: readonly RecordFacts[];
  /** Not used for as long as was asked. */
  readonly sources: readonly Folder[];
  readonly mirrors: readonly Folder[];
  /** Of jobs that nobody will ask for again. */
  readonly jobs: readonly Folder[];
  /** Bytes of all images together, shared layers counted once. */
  readonly imageBytes: number;
  readonly cache: CacheUsage;
}

const texts = z
  .array(z.string())
  .nullable()
  .transform((list) => list ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullable()
  .transform((map) => map ?? {});
const image = z.object({
  id: z.string(),
  tags: texts,
  digests: texts,
  bytes: z.number(),
  created: z.string(),
  tagged: z
    .string()
    .nullish()
    .transform((time) => time ?? ''),
  labels,
});
const container = z.object({ id: z.string(), name: z.string(), image: z.string(), state: z.string(), labels });

/** Looks at one server; `olderThan` is in milliseconds. Throws DOCKER_UNREACHABLE where the engine does not answer. */
export async function lookAt(
  context: Context,
  server: Server,
  { project, olderThan }: { readonly project: string; readonly olderThan: number },
): Promise<ServerLook> {
  const purpose = 'Looking for what is not needed any more';
  const asked = askEngine(server, usageQuestions, { purpose, signal: context.signal });
  asked.catch(() => undefined);
  const text = lookScript({ account: server.account, project, olderThan: Math.ceil(olderThan / 1000) });
  const { stdout } = await server.script(text, { purpose, repeatable: true, signal: context.signal });
  return parseLook(stdout, (await asked).text, server.name);
}

/** `text` is what lookScript printed, `usage` the engine's answers to usageQuestions. */
export function parseLook(text: string, usage: string, serverName: string): ServerLook {
  const lines = text.split('\n').flatMap((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)] as const];
  });
  const all = (name: string) => lines.flatMap(([key, value]) => (key === name ? [value] : []));
  if (all('engine').length === 0) {
    const said = all('engine-error')[0] ?? 'it said nothing';
    throw new DrayageError('DOCKER_UNREACHABLE', `${serverName}: the Docker Engine does not answer (${said}).`, {
      hint: `Look at it: drayage doctor --servers ${serverName}`,
    });
  }
  const sizes = new Map(all('size').map((line) => line.split(' ') as [string, string]));
  const current = new Map(all('current').map((line) => line.split(' ') as [string, string]));
  const [free = 0, total = 0, blockSize = 0] = (all('disk')[0] ?? '').split(' ').map(Number);
  const [images, cache] = parseBatch(usage);
  const shared = sharedBytes(images?.body);
  return {
    now: Number(all('now')[0] ?? 0),
    disk: { free: free * blockSize, total: total * blockSize },
    images: all('image').flatMap((line) =>
      parsed(image, line).map((one) => ({ ...one, bytes: one.bytes - (shared.get(one.id) ?? 0) })),
    ),
    containers: all('container').flatMap((line) =>
      parsed(container, line).map((one) => ({
        ...one,
        name: one.name.replace(/^\//, ''),
        bytes: Number(sizes.get(one.id) ?? 0),
      })),
    ),
    pinned: all('pinned'),
    records: all('record').flatMap((line): RecordFacts[] => {
      const [resource = '', life = ''] = line.split(' ', 2);
      const record = parseRecord(line.slice(resource.length + life.length + 2));
      if (record === undefined || !isLife(life)) return [];
      return [{ resource, life, record, isCurrent: current.get(resource) === record.id }];
    }),
    sources: all('source').map(folder),
    mirrors: all('mirror').map(folder),
    jobs: all('job').map((line) => {
      const [name = '', kilobytes = '0'] = line.split(' ');
      return { name, usedAt: 0, bytes: Number(kilobytes) * 1024 };
    }),
    imageBytes: layersOf(images?.body),
    cache: cache?.status === 200 ? parseCache(cache.body) : noCache,
  };
}

function folder(line: string): Folder {
  const [name = '', usedAt = '0', kilobytes = '0'] = line.split(' ');
  return { name, usedAt: Number(usedAt), bytes: Number(kilobytes) * 1024 };
}

function isLife(word: string): word is RecordFacts['life'] {
  return word === 'ended' || word === 'running' || word === 'dead';
}

/** Nothing for a line that is not what was asked for: what is not understood is not touched. */
function parsed<T>(schema: z.ZodType<T>, line: string): T[] {
  try {
    const result = schema.safeParse(JSON.parse(line));
    return result.success ? [result.data] : [];
  } catch {
    return [];
  }
}

const usageSchema = z.object({ Images: z.array(z.object({ Id: z.string(), SharedSize: z.number() })) });

/** -1 is what the engine says where it has not counted. */
function sharedBytes(body: unknown): ReadonlyMap<string, number> {
  const { data } = usageSchema.safeParse(body);
  return new Map(data?.Images.map(({ Id, SharedSize }) => [Id, Math.max(0, SharedSize)]));
}

function layersOf(body: unknown): number {
  const bytes = typeof body === 'object' && body !== null && 'LayersSize' in body ? body.LayersSize : 0;
  return typeof bytes === 'number' ? bytes : 0;
}
