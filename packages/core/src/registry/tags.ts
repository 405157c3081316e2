/** What the tag strategies `sha`, `branch` and `latest` read. */
export interface TagFacts {
  readonly sha?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** Files differ from the commit. */
  readonly isDirty?: boolean;
}

const longestTag = 128;

/**
 * Any text as a tag: every character that a tag may not hold (`/` above all) becomes `-`, a leading `.` or `-` goes, and the
 * rest is cut at 128 characters (distribution's grammar: `[\w][\w.-]{0,127}`). Undefined when nothing remains.
 */
export function toTag(text: string): string | undefined {
  const tag = text
    .replace(/[^\w.-]/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, longestTag);
  return tag === '' ? undefined : tag;
}

/**
 * The tags that the entries of `tags` stand for, most telling first, each once: `sha` is the commit's first 12 digits (with `-dirty` where files differ from it), `branch` the branch,
 * `semver` the version tags `1.2.3`, `1.2` and `1` of git tag `v1.2.3`, `latest` and everything else themselves. An entry whose fact is
 * missing (no branch, no commit) gives no tag; when none gives one, the fallback is used.
 */
export function expandTags(entries: readonly string[], facts: TagFacts, fallback: string): readonly string[] {
  const tags = entries.flatMap((entry) => expand(entry, facts)).flatMap((text) => toTag(text) ?? []);
  return tags.length === 0 ? [fallback] : [...new Set(tags)];
}

function expand(entry: string, facts: TagFacts): readonly string[] {
  switch (entry) {
    case 'sha':
      return facts.sha === undefined ? [] : [`${facts.sha.slice(0, 12)}${facts.isDirty === true ? '-dirty' : ''}`];
    case 'branch':
      return facts.branch === undefined ? [] : [facts.branch];
    case 'semver':
      return semverTags(facts.tag);
    default:
      return [entry];
  }
}

/** A pre-release is only itself: `1.2.3-rc.1` must not move `1.2`. Versions below 1.0.0 promise nothing within `0`. */
function semverTags(tag: string | undefined): readonly string[] {
  const [, version, major, minor, rest] = /^v?((\d+)\.(\d+)\.\d+(-[0-9A-Za-z.-]+)?)(?:\+.*)?$/.exec(tag ?? '') ?? [];
  if (version === undefined || major === undefined) return [];
  if (rest !== undefined) return [version];
  return major === '0' ? [version, `${major}.${minor}`] : [version, `${major}.${minor}`, major];
}

/**
 * Whether a tag stands for one image for good: a whole version (`1.2.3`, `v1.2.3-rc.1`), or one that names a commit. Every other
 * tag moves from image to image.
 *
 * @param sha The commit that is built, where it is known; else only what the strategy `sha` gives is recognised.
 */
export function isImmutable(tag: string, sha: string | undefined): boolean {
  // What differs from a commit is something else each time.
  if (tag.endsWith('-dirty')) return false;
  if (/^v?\d+\.\d+\.\d+(?:[-.]|$)/.test(tag)) return true;
  if (sha !== undefined && sha.length >= 7 && tag.includes(sha.slice(0, 7))) return true;
  return /^(?=.*[a-f])[0-9a-f]{12}$/.test(tag);
}

/** Whether it is a commit that makes a tag stand for one image for good, and no version. */
export function namesCommit(tag: string, sha: string): boolean {
  return isImmutable(tag, sha) && tag.includes(sha.slice(0, 7)) && !/^v?\d+\.\d+\.\d+(?:[-.]|$)/.test(tag);
}

/** The tags that move in a way nobody can tell from their names: not `1.2` and `1`, whose purpose is to move within a version. */
export function movingTags(tags: readonly string[], sha: string | undefined): readonly string[] {
  return tags.filter(
    (tag) =>
      !isImmutable(tag, sha) &&
      !/^v?\d+(?:\.\d+)?$/.test(tag) &&
      !/^tree-[0-9a-f]{12}$/.test(tag) &&
      !tag.endsWith('-dirty'),
  );
}
