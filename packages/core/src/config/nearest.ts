import { distance } from 'fastest-levenshtein';

/** The longest candidate that begins the name: `healthcheck` means `health`. */
function beginning(wanted: string, candidates: Iterable<string>): string | undefined {
  const begun = [...candidates]
    .filter(({ length }) => length >= 4)
    .filter((one) => wanted.startsWith(one.toLowerCase()));
  return begun.sort((one, other) => other.length - one.length)[0];
}

/** The candidate a misspelt name most likely meant; undefined when none is close enough to be helpful. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
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

/** `Did you mean "x"?`, or else the list of what there is; undefined where there is nothing to choose from. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const best = nearest(name, all);
  if (best !== undefined) return `Did you mean "${best}"?`;
  return all.length === 0 ? undefined : `There is: ${all.join(', ')}.`;
}
