import * as z from 'zod';
import { isOwnedBy, type Owner } from '../../config/names.ts';
import type { RegistryClient } from '../../registry/client.ts';
import type { ManifestFacts, TagFacts } from './plan.ts';
import { mayGo } from './plan.ts';

const descriptor = z.object({
  digest: z.string(),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).optional(),
});
/** An index has `manifests`, an image `config` and `layers` (OCI image specification; Docker's of schema 2 is the same). */
const manifestSchema = z.object({
  manifests: z.array(descriptor).optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
});
const configSchema = z.object({
  created: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** How many questions are asked at a time. */
const atOnce = 6;

export interface RepositoryFacts {
  readonly tags: readonly TagFacts[];
  readonly manifests: ReadonlyMap<string, ManifestFacts>;
}

/** Reads all tags of a repository, and every manifest they stand for. Of images that could not go, the labels are not asked for. */
export async function readRepository(client: RegistryClient, path: string, owner: Owner): Promise<RepositoryFacts> {
  const names = await client.tags(path);
  const found = await inTurn(names, async (tag) => ({ tag, manifest: await client.manifest(path, tag) }));
  const tags = found.flatMap(({ tag, manifest }) => (manifest === undefined ? [] : [{ tag, digest: manifest.digest }]));
  const bytes = new Map(
    found.flatMap(({ manifest }) => (manifest === undefined ? [] : [[manifest.digest, manifest.bytes] as const])),
  );
  const candidates = new Set(tags.flatMap(({ tag, digest }) => (mayGo(tag) ? [digest] : [])));
  const reader = new Reader(client, path, owner);
  const manifests = await inTurn([...bytes], ([digest, text]) => reader.facts(digest, text, candidates.has(digest)));
  return { tags, manifests: new Map(manifests.map((manifest) => [manifest.digest, manifest])) };
}

class Reader {
  readonly #client: RegistryClient;
  readonly #path: string;
  readonly #owner: Owner;

  constructor(client: RegistryClient, path: string, owner: Owner) {
    this.#client = client;
    this.#path = path;
    this.#owner = owner;
  }

  async facts(digest: string, bytes: Buffer, isCandidate: boolean): Promise<ManifestFacts> {
    const manifest = parse(manifestSchema, bytes) ?? {};
    const children = manifest.manifests ?? [];
    if (children.length === 0) return { digest, children: [], ...(await this.#image(manifest, isCandidate)) };
    const images = await inTurn(children, async (child) => {
      const read = await this.#client.manifest(this.#path, child.digest);
      const parsed = read === undefined ? undefined : parse(manifestSchema, read.bytes);
      // An attestation belongs to the image beside it (BuildKit, docs/attestations/attestation-storage.md).
      const isAttestation = child.annotations?.['vnd.docker.reference.type'] !== undefined;
      return { isAttestation, ...(await this.#image(parsed ?? {}, isCandidate && !isAttestation)) };
    });
    const platforms = images.filter(({ isAttestation }) => !isAttestation);
    return {
      digest,
      children: children.map((child) => child.digest),
      isOurs: platforms.length > 0 && platforms.every(({ isOurs }) => isOurs),
      created:
        platforms
          .map(({ created }) => created)
          .sort()
          .at(-1) ?? '',
      blobs: Object.assign({}, ...images.map(({ blobs }) => blobs)),
    };
  }

  async #image({ config, layers = [] }: z.output<typeof manifestSchema>, isCandidate: boolean) {
    const blobs = Object.fromEntries(
      [...(config === undefined ? [] : [config]), ...layers].map(({ digest, size }) => [digest, size]),
    );
    if (config === undefined || !isCandidate) return { isOurs: false, created: '', blobs };
    const text = await this.#client.blob(this.#path, config.digest);
    const read = text === undefined ? undefined : parse(configSchema, text);
    return { isOurs: isOwnedBy(this.#owner, read?.config?.Labels ?? {}), created: read?.created ?? '', blobs };
  }
}

function parse<T>(schema: z.ZodType<T>, bytes: Buffer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** A few at a time, in order. */
async function inTurn<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < values.length; index = next++) results[index] = await work(values[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, values.length) }, worker));
  return results;
}
