/** A tag with what it stands for. */
export interface TagFacts {
  readonly tag: string;
  /** Of the manifest, or of the index of several platforms. */
  readonly digest: string;
}

/** What a tag stands for, read from the registry. */
export interface ManifestFacts {
  readonly digest: string;
  /** Manifests of an index, by platform; none of a plain image. */
  readonly children: readonly string[];
  /** Whether every image in it carries the labels of exactly this service: only a build of ours gives them. */
  readonly isOurs: boolean;
  /** RFC 3339, of the newest image in it; empty where it does not say. */
  readonly created: string;
  /** Digest → bytes of configurations and layers. */
  readonly blobs: Readonly<Record<string, number>>;
}

export interface RetentionInput {
  readonly tags: readonly TagFacts[];
  readonly manifests: ReadonlyMap<string, ManifestFacts>;
  /** Digests that a kept deployment, a container, or an image that stays on a server refers to. */
  readonly needed: ReadonlySet<string>;
  readonly keep: number;
}

export interface RetentionPlan {
  /** Each with all its tags. */
  readonly removed: readonly { readonly digest: string; readonly tags: readonly string[] }[];
  /** Manifests of the removed indexes that nothing else names; they go after their index. */
  readonly children: readonly string[];
  /** Bytes that no manifest needs any more; the registry frees them when it collects its garbage. */
  readonly bytes: number;
}

/**
 * Names that a build gives to itself and to nothing else: of a commit, of a tree, of a version. All others (branches, `latest`,
 * `1.2`, what somebody tagged by hand) are moved on purpose, and hold what they stand for.
 */
const ofOneBuild = /^(?:[0-9a-f]{12}|tree-[0-9a-f]{12}|v?\d+\.\d+\.\d+(?:-[\w.-]+)?)$/;

/** Signatures and attestations: `sha256-<hex>`, with the suffixes that cosign gives (OCI distribution specification, referrers tag schema). */
const aboutAnother = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** Whether a tag could go, so that its image has to be read. */
export function mayGo(tag: string): boolean {
  return ofOneBuild.test(tag);
}

/** Decides which manifests go from a repository. Pure. */
export function planRetention({ tags, manifests, needed, keep }: RetentionInput): RetentionPlan {
  const byDigest = new Map<string, string[]>();
  for (const { tag, digest } of tags) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag]);
  const own = [...byDigest.keys()]
    .flatMap((digest) => manifests.get(digest) ?? [])
    .filter(({ isOurs }) => isOurs)
    .sort((one, other) => (Date.parse(other.created) || 0) - (Date.parse(one.created) || 0));
  const isNeeded = ({ digest, children }: ManifestFacts) => [digest, ...children].some((each) => needed.has(each));
  const going = own
    .slice(keep)
    .filter((manifest) => !isNeeded(manifest))
    .filter(({ digest }) => byDigest.get(digest)?.every((tag) => ofOneBuild.test(tag)));
  const gone = new Set(going.map(({ digest }) => digest));
  const indexes = [...manifests.values()].filter(({ children }) => children.length > 0);
  // An image with a tag of its own may be a platform of an index that stays.
  for (const { digest, children } of indexes) if (!gone.has(digest)) for (const child of children) gone.delete(child);
  for (const { tag, digest } of tags) {
    const [, subject] = aboutAnother.exec(tag) ?? [];
    const about = subject !== undefined && gone.has(`sha256:${subject}`);
    if (about && byDigest.get(digest)?.every((other) => aboutAnother.test(other)) && !needed.has(digest))
      gone.add(digest);
  }
  const childrenOf = (digest: string) => manifests.get(digest)?.children.length ?? 0;
  const staying = [...manifests.values()].filter(({ digest }) => !gone.has(digest));
  const held = new Set([...staying.flatMap(({ digest, children }) => [digest, ...children]), ...byDigest.keys()]);
  const leaving = [...gone].flatMap((digest) => manifests.get(digest) ?? []);
  return {
    // Indexes first: a registry may refuse to remove what one of them names.
    removed: [...gone]
      .sort((one, other) => childrenOf(other) - childrenOf(one))
      .map((digest) => ({ digest, tags: byDigest.get(digest) ?? [] })),
    children: [...new Set(leaving.flatMap(({ children }) => children))].filter((child) => !held.has(child)),
    bytes: freeable(leaving, staying),
  };
}

function freeable(leaving: readonly ManifestFacts[], staying: readonly ManifestFacts[]): number {
  const held = new Set(staying.flatMap(({ blobs }) => Object.keys(blobs)));
  const going = new Map(leaving.flatMap(({ blobs }) => Object.entries(blobs)));
  return [...going].reduce((sum, [digest, size]) => (held.has(digest) ? sum : sum + size), 0);
}
