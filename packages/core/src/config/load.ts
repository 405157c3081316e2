import { DrayageError, type Location, throwAll } from '../errors/drayage-error.ts';
import { checkDependencies, checkJumps, checkProxy, checkServers, checkService } from './check.ts';
import { claimsOf, conflictingClaims } from './claims.ts';
import { defaultEnvironment, environmentsOf, selectEnvironment, unknownEnvironment } from './environment.ts';
import type { Project, ServiceSpec } from './model.ts';
import { proxySpec } from './normalise/proxy.ts';
import { type ReadFile, Reading } from './normalise/reading.ts';
import { registrySpecs } from './normalise/registry.ts';
import { serverSpec } from './normalise/server.ts';
import { serviceSpec } from './normalise/service.ts';
import { sharedVariables } from './normalise/variables.ts';
import { type Parsed, parseTree } from './parse.ts';
import { inOrder, type Warning } from './problems.ts';
import { nameKeys } from './schema/collections.ts';
import type { ParsedProject } from './schema/project.ts';
import type { ParsedApplication } from './schema/service.ts';
import type { GitFacts, Given } from './scope.ts';
import { shortestMask } from './secret.ts';
import { emptyDict, keysAt, mergeTrees, treeOf } from './tree.ts';
import { parseYaml } from './yaml-tree.ts';

export interface LoadOptions {
  /** Content of drayage.yml; without it the project comes from `overrides` alone. */
  readonly text?: string;
  /** How the file is called in messages; default drayage.yml. */
  readonly file?: string;
  /** Default production. */
  readonly environment?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** For `${{ env.X }}`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly git?: GitFacts;
  /**
   * References to secrets, variables of the job and facts of git that were not given are no errors, but told: to check a file
   * where only the runs that deploy have them. What they stand for is left unchecked, and must not be used.
   */
  readonly allowAbsent?: boolean;
  /** Said where a secret is missing. */
  readonly whyNoSecret?: string;
  /** Reads a file that drayage.yml names, relative to its folder. */
  readonly readFile?: ReadFile;
  /** Inputs in the shape of drayage.yml, merged over it; every text in them is literal, `Secret` values stay secret. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface Loaded {
  readonly project: Project;
  readonly warnings: readonly Warning[];
  /** Everything that must never be printed: the secrets that were given, and those that stand in the file itself. */
  readonly masks: readonly string[];
  /** With `allowAbsent`: what the file refers to and was not given, such as secrets.TOKEN. */
  readonly absent: readonly string[];
}

/**
 * drayage.yml for one environment: validated, resolved, normalised. The file's other environments are checked too, as
 * far as that needs no secrets. Throws all errors at once: one DrayageError, or ManyErrors in the order of the file.
 */
export async function loadProject(options: LoadOptions): Promise<Loaded> {
  const { file = 'drayage.yml', environment = defaultEnvironment, text } = options;
  const { secrets = {}, env = {}, git = {}, whyNoSecret } = options;
  const given: Given = { secrets, env, git, whyNoSecret };
  const absent = new Set<string>();
  const own: Given = options.allowAbsent === true ? { ...given, absent } : given;
  const { tree, errors } = text === undefined ? { tree: emptyDict, errors: [] } : parseYaml(text, file);
  // A reference without its quotes was understood all the same, where YAML could read the rest.
  const isReadable = tree !== emptyDict && errors.every(({ code }) => code === 'CONFIG_REFERENCE_UNQUOTED');
  if (!isReadable) throwAll(inOrder(errors));
  const unknown = text === undefined ? undefined : unknownEnvironment(tree, environment, file);
  if (!nameKeys.pattern.test(environment)) {
    throw new DrayageError('INPUT_INVALID', `The environment is "${environment}"; expected ${nameKeys.expected}.`);
  }
  const others = text === undefined ? [] : environmentsOf(tree).filter((name) => name !== environment);

  const selected = mergeTrees(selectEnvironment(tree, environment), treeOf(options.overrides ?? {}));
  const parsed = parseTree(selected.kind === 'map' ? selected : emptyDict, environment, own, false);
  const rest = others.map((name) => ({ name, parsed: parseTree(selectEnvironment(tree, name), name, given, true) }));
  for (const each of [parsed, ...rest.map((other) => other.parsed)]) checkNames(each);
  const readFile = options.readFile ?? (async (name) => Promise.reject(new Error(`no file ${name} is at hand`)));
  const reading = new Reading(parsed.tree, parsed.plain, parsed.problems, parsed.resolver, readFile);
  const project = parsed.project && (await normalise(parsed.project, environment, given, reading));
  const claims = [
    // An environment that the file does not define claims nothing, whatever its services would be.
    ...(unknown === undefined ? claimsOf(parsed.tree, parsed.plain, environment) : []),
    ...rest.flatMap(({ name, parsed: { tree: merged, plain } }) => claimsOf(merged, plain, name)),
  ];
  const found: readonly DrayageError[] = [
    ...(unknown === undefined ? parsed.problems.errors : [unknown]),
    ...rest.flatMap((other) => other.parsed.problems.errors),
    ...conflictingClaims(claims),
  ];
  throwAll(inOrder([...errors, ...found.filter(({ at }) => !errors.some((unquoted) => isSamePlace(unquoted.at, at)))]));
  if (project === undefined) throw new Error('Neither a project nor an error came of the configuration.');
  return {
    project: text === undefined ? project : { ...project, file },
    warnings: [...parsed.problems.warnings, ...unhidden(given.secrets)],
    absent: [...absent],
    masks: [...new Set([...Object.values(given.secrets), ...reading.masks])].filter((mask) => mask !== ''),
  };
}

function isSamePlace(one: Location | undefined, other: Location | undefined): boolean {
  return one?.line !== undefined && one.line === other?.line && one.column === other.column;
}

/** Secrets that redaction cannot hide; of an empty one there is nothing to hide. */
function unhidden(secrets: Readonly<Record<string, string>>): Warning[] {
  const short = Object.keys(secrets).filter((name) => {
    const { length } = (secrets[name] ?? '').trim();
    return length > 0 && length < shortestMask;
  });
  return short.map((name) => ({
    message: `The secret ${name} has fewer than ${shortestMask} characters: it is not hidden where it is printed.`,
  }));
}

/** Names that must exist: servers and services. */
function checkNames({ tree, plain, project, problems }: Parsed): void {
  const specs = project?.servers ?? {};
  const servers = new Map(keysAt(tree, ['servers']).map((name) => [name, specs[name]]));
  checkJumps(servers, problems);
  for (const [name, { servers: names = [] }] of Object.entries(project?.environments ?? {})) {
    checkServers(names, ['environments', name, 'servers'], 'deploy', servers, problems);
  }
  checkServers(project?.proxy?.servers ?? [], ['proxy', 'servers'], 'deploy', servers, problems);
  const services = applications(project);
  for (const [name, service] of services) {
    const path = ['services', name];
    checkServers(service.deploy.servers ?? [], [...path, 'deploy', 'servers'], 'deploy', servers, problems);
    checkServers(service.build?.servers ?? [], [...path, 'build', 'servers'], 'build', servers, problems);
  }
  // What the schema refused names servers all the same.
  for (const name of keysAt(tree, ['services'])) {
    if (services.some(([known]) => known === name)) continue;
    for (const task of ['deploy', 'build'] as const) {
      const path = ['services', name, task, 'servers'];
      checkServers(textsAt(plain.value, path), path, task, servers, problems);
    }
  }
  const dependents = services.map(([name, service]) => ({ name, dependsOn: service['depends-on'] }));
  checkDependencies(dependents, keysAt(tree, ['services']), problems);
}

/** The texts of a list, of which nothing is known yet; none where something else stands there. */
function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  const found = path.reduce<unknown>(
    (at, step) => (Object.hasOwn(Object(at), step) ? Object(at)[step] : undefined),
    value,
  );
  return Array.isArray(found) && found.every((item) => typeof item === 'string') ? found : [];
}

async function normalise(
  project: ParsedProject,
  environment: string,
  given: Given,
  reading: Reading,
): Promise<Project> {
  const { problems, tree } = reading;
  const servers = await Promise.all(
    Object.entries(project.servers).map(([name, server]) => serverSpec(name, server, reading)),
  );
  for (const { name, host, buildkit } of servers) {
    if (host === '' && buildkit?.address === undefined)
      problems.error(['servers', name], `The server ${name} has no host.`, {
        what: 'key',
        hint: 'Add host: with its name or address.',
      });
  }
  const variables = sharedVariables(project, environment, reading);
  const specs: ServiceSpec[] = [];
  for (const [name, service] of applications(project)) {
    if (problems.has(['services', name])) continue;
    const spec = await serviceSpec(name, service, { variables, servers, git: given.git }, reading);
    checkService(spec, service.deploy, problems);
    specs.push(spec);
  }
  checkProxy(project.proxy, specs, problems);
  const dependents = applications(project).map(([name, service]) => ({ name, dependsOn: service['depends-on'] }));
  const order = checkDependencies(dependents, keysAt(tree, ['services']), problems);
  return {
    organization: project.organization,
    name: project.project,
    environment,
    servers: Object.fromEntries(servers.map((server) => [server.name, server])),
    registries: await registrySpecs(project.registries, given.env, reading),
    proxy: project.proxy && (await proxySpec(project.proxy, specs, reading)),
    services: order.flatMap((name) => specs.filter((spec) => spec.name === name)),
  };
}

function applications(project: ParsedProject | undefined): [string, ParsedApplication][] {
  return Object.entries(project?.services ?? {}).flatMap(([name, service]): [string, ParsedApplication][] =>
    service.type === 'application' ? [[name, service]] : [],
  );
}
