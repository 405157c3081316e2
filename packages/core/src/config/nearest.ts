import { distance } from 'fastest-levenshtein';

/** The longest candidate that begins the name: `healthcheck` means `health`. */
function beginning(wanted: string, candidates: Iterable<string>): string | undefined {
  const begun = [...candidates]
    .filter(({ length }) => length >= 4)
    .filter((one) => wanted.startsWith(one.toLowerCase()));
  return begun.sort((one, other) => other.length - one.length)[0];
}

/** The candidate that the name is a misspelling of; undefined when none is close enough to be helpful. */
function misspelt(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: { candidate: string; score: number } | undefined;
  for (const candidate of candidates) {
    const score = distance(wanted, candidate.toLowerCase());
    if (best === undefined || score < best.score) best = { candidate, score };
  }
  if (best === undefined) return undefined;
  const longer = Math.max(name.length, best.candidate.length);
  const letters = (text: string) => [...text.toLowerCase()].sort().join('');
  const swapped = letters(name) === letters(best.candidate);
  const close = swapped || best.score <= Math.max(1, Math.floor(longer * 0.4));
  return close && best.score < longer ? best.candidate : beginning(wanted, candidates);
}

/**
 * What a name that does not exist most likely meant. `setup` is the first word of setup-build-server and setup-deploy-node
 * rather than a misspelling of anything; of misspellings there is one at most.
 */
export function likely(name: string, candidates: Iterable<string>): readonly string[] {
  const all = [...new Set(candidates)];
  const longer = name === '' ? [] : all.filter((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}-`));
  if (longer.length > 0) return longer;
  const best = misspelt(name, all);
  return best === undefined ? [] : [best];
}

/** The first of what is likely meant; undefined when nothing is close enough to be helpful. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  return likely(name, candidates)[0];
}

/** `Did you mean "x" or "y"?`; undefined where nothing is near. */
export function guess(name: string, candidates: Iterable<string>): string | undefined {
  return question(likely(name, candidates));
}

/** `Did you mean "x", "y" or "z"?`; undefined for no names. */
export function question(names: readonly string[]): string | undefined {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop();
  if (last === undefined) return undefined;
  return `Did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`;
}

/** `Did you mean "x"?`, or else the list of what there is; undefined where there is nothing to choose from. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return guess(name, all) ?? (all.length === 0 ? undefined : `There is: ${all.join(', ')}.`);
}
