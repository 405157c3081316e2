import { hash } from 'node:crypto';
import type { ServerSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { printBytes } from '../../report/bytes.ts';
import type { BuilderFacts } from './facts.ts';

/** A build server that a service may be built on. */
export interface Candidate {
  readonly spec: ServerSpec;
  /** undefined: it could not be asked. */
  readonly facts?: BuilderFacts;
  /** Why it could not be asked. */
  readonly failure?: DrayageError;
}

export interface Wish {
  readonly service: string;
  /** Empty: the one of whichever server builds. */
  readonly platforms: readonly string[];
}

/** What is built where. */
export interface Assignment {
  readonly server: string;
  /** undefined: the server's own. */
  readonly platform?: string;
}

export interface Placement {
  readonly assignments: readonly [Assignment, ...Assignment[]];
  /** What was passed over, and why: one line each. */
  readonly notes: readonly string[];
}

/**
 * Chooses a server for each platform of a build: one that is native to it before one that only declares it, one with a free slot before one that is
 * full, the one that built the service last, whose cache is warm, before all others. Those that cannot be reached, or lack disk or memory, are passed over.
 * Throws BUILD_IMPOSSIBLE for a platform that no server offers, BUILD_SERVER_UNAVAILABLE where none that does can build now.
 */
export function planPlacement(wish: Wish, candidates: readonly Candidate[]): Placement {
  const wanted = wish.platforms.length === 0 ? [undefined] : wish.platforms;
  const notes = candidates.flatMap((candidate) => unfit(candidate) ?? []);
  const assignments = wanted.map((platform): Assignment => {
    const offering = candidates.filter((candidate) => platform === undefined || offers(candidate, platform));
    if (platform !== undefined && offering.length === 0) throw offeredByNone(wish, platform, candidates);
    const [best] = offering
      .filter((candidate) => unfit(candidate) === undefined)
      .sort((one, other) => compare(rank(one, wish, platform), rank(other, wish, platform)));
    if (best === undefined) throw unavailable(wish, platform, offering);
    return { server: best.spec.name, platform };
  });
  const [first, ...rest] = assignments;
  if (first === undefined) throw new DrayageError('INTERNAL_BUG', 'A build was wanted for no platform at all.');
  return { assignments: [first, ...rest], notes };
}

/** A line that says why nothing can be built there now; undefined: it can. */
function unfit({ spec, facts, failure }: Candidate): string | undefined {
  if (facts === undefined) return `${spec.name} is passed over: ${failure?.message ?? 'it did not answer.'}`;
  const { minFreeDisk, minFreeMemory } = spec;
  if (facts.freeDisk < minFreeDisk)
    return `${spec.name} is passed over: ${printBytes(facts.freeDisk)} of disk are free, min-free-disk is ${printBytes(minFreeDisk)}.`;
  if (facts.freeMemory < minFreeMemory)
    return `${spec.name} is passed over: ${printBytes(facts.freeMemory)} of memory are free, min-free-memory is ${printBytes(minFreeMemory)}.`;
  return undefined;
}

/** What it declares; without a declaration, what it is. One that could not be asked and declares nothing may offer anything. */
function offers({ spec, facts }: Candidate, platform: string): boolean {
  if (spec.platforms.length > 0) return spec.platforms.some((declared) => isSame(declared, platform));
  return facts === undefined || isSame(facts.platform, platform);
}

/** `linux/arm64/v8` is `linux/arm64` (containerd, platforms: the variant v8 is the default). */
export function isSame(one: string, other: string): boolean {
  return one.replace(/^(linux\/arm64)\/v8$/, '$1') === other.replace(/^(linux\/arm64)\/v8$/, '$1');
}

/** Smaller is better, first difference decides. */
function rank({ spec, facts }: Candidate, { service }: Wish, platform: string | undefined): readonly number[] {
  const isNative = platform === undefined || (facts !== undefined && isSame(facts.platform, platform));
  return [
    isNative ? 0 : 1,
    (facts?.freeSlots ?? 0) > 0 ? 0 : 1,
    -(facts?.builtAt ?? 0),
    // Services that were never built spread over the servers, each always to the same (rendezvous hashing).
    Number.parseInt(hash('sha256', `${service}\n${spec.name}`).slice(0, 8), 16),
  ];
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

function offeredByNone({ service }: Wish, platform: string, candidates: readonly Candidate[]): DrayageError {
  const offer = candidates.map(({ spec, facts }) => {
    const all = spec.platforms.length > 0 ? spec.platforms.join(', ') : (facts?.platform ?? 'unknown');
    return `${spec.name}: ${all}`;
  });
  const what = `No build server of ${service} offers ${platform} (${offer.join('; ')}); nothing was built.`;
  return new DrayageError('BUILD_IMPOSSIBLE', what, {
    hint: `Add a server of that kind under build.servers, or declare ${platform} under \`platforms\` of one that emulates it.`,
  });
}

function unavailable({ service }: Wish, platform: string | undefined, offering: readonly Candidate[]): DrayageError {
  const only = offering.length === 1 ? offering[0]?.failure : undefined;
  if (only !== undefined) return only;
  const reasons = offering
    .flatMap((candidate) => unfit(candidate) ?? [])
    .map((line) => line.replace(' is passed over:', ':'));
  const what = `None of the build servers of ${service}${platform === undefined ? '' : ` for ${platform}`} can build now.`;
  return new DrayageError('BUILD_SERVER_UNAVAILABLE', `${what} ${reasons.join(' ')}`, {
    hint: 'Free disk with `drayage cleanup`, or name another server under build.servers.',
  });
}
