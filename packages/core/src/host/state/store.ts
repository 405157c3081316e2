import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Environment, variable } from '../environment.ts';
import { platformOf } from '../platform.ts';
import {
  type Binding,
  bindingOf,
  mergeStates,
  packState,
  parseState,
  printState,
  type ServiceState,
  type State,
  unpackState,
} from './state.ts';

export interface StateStore {
  /** What earlier steps handed over for a service. Throws STATE_INVALID. */
  read(project: Owner, service: string): ServiceState | undefined;
  /** Forgets it for a service that has a new image now, and writes the file; gives the state as an output carries it. */
  begin(project: Owner, service: string, values: Omit<ServiceState, 'at'>): string;
  /** Adds to what is known of the same image. */
  add(project: Owner, service: string, values: Omit<ServiceState, 'at'>): string;
  /** As an output carries it; undefined when nothing was handed over. */
  packed(): string | undefined;
}

export interface Owner {
  readonly name: string;
  readonly environment: string;
}

export interface StoreOptions {
  readonly cwd: string;
  readonly env: Environment;
  readonly file?: string;
  /** The output `state` of an earlier step. */
  readonly given?: string;
  readonly artifact?: string;
  /** Another run whose state is accepted. */
  readonly otherRun?: string;
  readonly now?: () => number;
}

/** Reads lazily: a command that needs no state never fails by it. */
export function stateStore(options: StoreOptions): StateStore {
  const { cwd, env, now = Date.now } = options;
  const file = resolve(cwd, options.file ?? '.drayage/state.json');
  const binding = bindingFrom(env, cwd);
  const allowed = [binding, ...(options.otherRun === undefined ? [] : [{ ...binding, run: options.otherRun }])].map(
    bindingOf,
  );
  let loaded: readonly State[] | undefined;
  /** Whose state this process deals with. */
  let owner: Owner | undefined;
  const load = (): readonly State[] => {
    if (loaded !== undefined) return loaded;
    const states: State[] = [];
    if (options.given !== undefined) states.push(parseState(unpackState(options.given), 'The input "state"', allowed));
    for (const path of stateFiles(file, options.artifact !== undefined)) {
      states.push(parseState(readFileSync(path, 'utf8'), `The state file ${relative(cwd, path)}`, allowed));
    }
    loaded = states;
    return loaded;
  };
  const write = (project: Owner, service: string, values: object, isNew: boolean): string => {
    const { name, environment } = project;
    const same = stateOf(project, loadOrNone(load))?.services ?? {};
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    const services = { ...same, [service]: { ...(isNew ? {} : same[service]), ...given, at: now() } };
    const state: State = { version: 1, bound: bindingOf(binding), project: name, environment, services };
    loaded = [state];
    save(file, printState(state));
    return packState(state);
  };
  return {
    read: (project, service) => {
      owner = project;
      return stateOf(project, load())?.services[service];
    },
    begin: (project, service, values) => write(project, service, values, true),
    add: (project, service, values) => write(project, service, values, false),
    packed: () => {
      const states = loadOrNone(load);
      const [first] = states;
      const mine = owner ?? (first && { name: first.project, environment: first.environment });
      const state = mine && stateOf(mine, states);
      return state === undefined ? undefined : packState(state);
    },
  };
}

/** What was handed over for one environment of a project: artifacts of jobs for the others lie beside it. */
function stateOf({ name, environment }: Owner, states: readonly State[]): State | undefined {
  return mergeStates(states.filter((state) => state.project === name && state.environment === environment));
}

/** What a run on the same machine left behind does not stop this one from writing its own. */
function loadOrNone(load: () => readonly State[]): readonly State[] {
  try {
    return load();
  } catch {
    return [];
  }
}

/** Repository and run, by the CI; on a laptop the folder, and no run. */
export function bindingFrom(env: Environment, cwd: string): Binding {
  const of = (name: string) => variable(env, name) ?? '';
  switch (platformOf(env)) {
    case 'github':
      return { repository: of('GITHUB_REPOSITORY'), run: of('GITHUB_RUN_ID') };
    case 'gitlab':
      return { repository: of('CI_PROJECT_PATH'), run: of('CI_PIPELINE_ID') };
    case 'bitbucket':
      return { repository: of('BITBUCKET_REPO_FULL_NAME'), run: of('BITBUCKET_BUILD_NUMBER') };
    default:
      return { repository: cwd, run: 'local' };
  }
}

/** The state file, and those of artifacts beside it: a folder for each, or one for all. */
function stateFiles(file: string, withArtifacts: boolean): string[] {
  const artifacts = join(dirname(file), 'artifacts');
  const below = withArtifacts ? entriesOf(artifacts).filter((name) => name.endsWith('.json')) : [];
  return [...below.sort().map((name) => join(artifacts, name)), file].filter(isThere);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Beside it stands a .gitignore, so that neither is ever committed or sent to a builder. */
function save(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  if (folder.endsWith('.drayage')) writeFileSync(join(folder, '.gitignore'), '*\n');
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
