import { posix } from 'node:path';

/** As many as the kernel follows (path_resolution(7)). */
const mostHops = 40;

/**
 * Whether a link leads out of its tree, by itself or by the links on its way. A link in a circle leads nowhere, and not out.
 *
 * @param links Targets by the links' paths, all relative to the tree's root.
 */
export function leadsOut(path: string, links: ReadonlyMap<string, string>): boolean {
  let hops = 0;
  let here: string[] = parts(posix.dirname(path));
  const ahead = [...parts(links.get(path) ?? '')];
  if ((links.get(path) ?? '').startsWith('/')) return true;
  for (let step = ahead.shift(); step !== undefined; step = ahead.shift()) {
    if (step === '..') {
      if (here.length === 0) return true;
      here = here.slice(0, -1);
      continue;
    }
    const next = [...here, step];
    const target = links.get(next.join('/'));
    if (target === undefined) here = next;
    else if (target.startsWith('/')) return true;
    else if (++hops > mostHops) return false;
    else ahead.unshift(...parts(target));
  }
  return false;
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
