import { DrayageError } from '../errors/drayage-error.ts';
import { didYouMean } from './nearest.ts';
import { type Dict, dictAt, type Entry, emptyDict, keysAt, locate, mergeTrees, nodeAt, type Tree } from './tree.ts';

export const defaultEnvironment = 'production';

/** The environments a file defines; one that defines none has `production`. */
export function environmentsOf(tree: Dict): string[] {
  return nodeAt(tree, ['environments']) === undefined ? [defaultEnvironment] : keysAt(tree, ['environments']);
}

/** What is wrong with asking for this environment; undefined when nothing is. */
export function unknownEnvironment(tree: Dict, name: string, file: string): DrayageError | undefined {
  const known = environmentsOf(tree);
  if (known.includes(name)) return undefined;
  return new DrayageError('INPUT_INVALID', `${file} defines no environment "${name}".`, {
    hint: didYouMean(name, known),
    at: locate(tree, ['environments'], 'key'),
  });
}

/**
 * The file as it holds for one environment: `environments.<name>.services` merged over `services`, and the
 * environment's servers in every service that it does not itself give servers. Other environments are left out.
 */
export function selectEnvironment(tree: Dict, name: string): Dict {
  const own = dictAt(tree, ['environments', name]);
  const over = own === undefined ? undefined : dictAt(own, ['services']);
  const base = dictAt(tree, ['services']);
  const merged = mergeTrees(base ?? emptyDict, over ?? emptyDict);
  const entries = new Map(tree.entries);
  if (merged.kind === 'map' && (base !== undefined || over !== undefined)) {
    const services = own === undefined ? merged : withServers(merged, over, own.entries.get('servers'));
    entries.set('services', {
      key: tree.entries.get('services')?.key,
      value: { ...services, at: base?.at ?? over?.at },
    });
  }
  const environments = tree.entries.get('environments');
  if (environments?.value.kind === 'map') {
    const found = environments.value.entries.get(name);
    // `production:` with nothing below it.
    const empty = found?.value.kind === 'leaf' && found.value.text === null;
    const kept = empty ? { key: found.key, value: emptyDict } : found;
    const only = kept === undefined ? new Map<string, Entry>() : new Map([[name, withoutServices(kept)]]);
    entries.set('environments', { ...environments, value: { ...environments.value, entries: only } });
  }
  return { ...tree, entries };
}

/** What was merged is checked at its own place, not again as part of the environment. */
function withoutServices(environment: Entry): Entry {
  const { value } = environment;
  if (value.kind !== 'map' || value.entries.get('services')?.value.kind !== 'map') return environment;
  const entries = new Map([...value.entries].filter(([key]) => key !== 'services'));
  return { ...environment, value: { ...value, entries } };
}

function withServers(services: Dict, over: Dict | undefined, servers: Entry | undefined): Dict {
  if (servers === undefined || (servers.value.kind === 'leaf' && servers.value.text === null)) return services;
  const entries = [...services.entries].map(([name, entry]): [string, Entry] => {
    const itself = over === undefined ? undefined : nodeAt(over, [name, 'deploy', 'servers']);
    if (itself !== undefined || entry.value.kind !== 'map') return [name, entry];
    const deploy: Tree = { kind: 'map', entries: new Map([['servers', servers]]) };
    const placed: Dict = { kind: 'map', entries: new Map([['deploy', { value: deploy }]]) };
    const value = mergeTrees(entry.value, placed);
    // The service keeps its own place; only the list of servers comes from the environment.
    return [name, { key: entry.key, value: { ...value, at: entry.value.at } }];
  });
  return { ...services, entries: new Map(entries) };
}
