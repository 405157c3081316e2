import * as z from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const schema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    /** See `buildKey`. */
    key: z.string(),
    /** See `inputsOf`; undefined in records of earlier versions. */
    inputs: z.string().optional(),
    /** Id in the server's engine, or digest of the manifest where the build itself has pushed it. */
    imageId: digest,
    isInEngine: z.boolean(),
    /** `os/architecture`. */
    platforms: z.array(z.string()),
    user: z.string(),
    /** The commit it was built of. */
    commit: z.string().optional(),
    /** The last commit it was found to be the image of. */
    last: z.string().optional(),
    /** Digest of each image it was built from, by name; undefined: not everything that went in is known, so it has to be built again. */
    bases: z.record(z.string(), digest).optional(),
    /** What it is deployed as: what the registry has under all its names, which may be the index it is a part of, or the manifest that travels to nodes over SSH. */
    pushed: digest.optional(),
  }),
);

/** What the last build of a service on a build server was made of, and what it gave. */
export type BuildRecord = z.infer<typeof schema>;

export function printRecord(record: Omit<BuildRecord, 'version'>): string {
  return JSON.stringify({ version: 1, ...record });
}

/** undefined for what is damaged, or was written by another version: then there is nothing to skip by. */
export function parseRecord(text: string): BuildRecord | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
