import { networkName, type Owner, resourceName } from '../../config/names.ts';
import { parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { volumeName } from '../../docker/container-spec.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { ProxyKind } from '../../proxy/container.ts';
import type { Server } from '../../transport/server.ts';
import { filesScript, type KeptFiles, parseFiles } from './files.ts';
import { type EngineObject, engineObjects, enginePaths } from './objects.ts';

/** What is on one server of an environment. */
export interface Remains {
  readonly server: Server;
  readonly isManager: boolean;
  /** Kind of the proxy's container, running or not. */
  readonly proxy: ProxyKind | undefined;
  /** By the name of the service; those alone of which something is there. */
  readonly services: ReadonlyMap<string, ServiceRemains>;
  /** Named volumes of the environment; `usedBy` are services. */
  readonly volumes: readonly { readonly name: string; readonly usedBy: readonly string[] }[];
  /** The environment's own network, where Drayage made it. */
  readonly network: string | undefined;
}

export interface ServiceRemains {
  readonly service: string;
  readonly resource: string;
  /** Names, running or not; tasks of a Swarm are not among them. */
  readonly containers: readonly string[];
  /** Containers of tasks, which go with their Swarm service. */
  readonly tasks: number;
  readonly swarmServices: readonly string[];
  readonly swarmSecrets: readonly string[];
  readonly deployments: number;
  readonly secretFiles: number;
  readonly images: number;
  readonly hasRoute: boolean;
  /** Milliseconds, of the deployment that serves. */
  readonly drain: number | undefined;
  readonly stopGracePeriod: number | undefined;
}

/**
 * Looks at a server without changing it. `services` are asked for by name; others of the environment are found by their
 * labels. Throws DOCKER_UNREACHABLE, and NOT_OWNED where another project has the name of one of the services.
 */
export async function lookForRemains(
  server: Server,
  environment: Owner,
  services: readonly string[],
  signal: AbortSignal,
): Promise<Remains> {
  const purpose = 'Looking what is there to remove';
  const engine = await askEngine(
    server,
    enginePaths.map((path) => ({ path })),
    { purpose, signal },
  );
  const objects = engineObjects(parseBatch(engine.text), server.name, engine.errors);
  const own = objects.all.filter((object) => object.isOf(environment));
  const names = [...new Set([...services, ...own.flatMap(({ service }) => service ?? [])])];
  const resources = new Map(names.map((service) => [service, resourceName({ ...environment, service })]));
  requireOwn(server.name, environment, objects.all, [...resources.values()]);
  const { stdout } = await server.script(filesScript(server.account.stateDir, [...resources.values()]), {
    purpose,
    repeatable: true,
    signal,
  });
  const files = parseFiles(stdout);
  const found = [...resources].flatMap(([service, resource]) => {
    const mine = own.filter((object) => object.service === service);
    const kept = files.of(resource);
    return mine.length === 0 && kept.isEmpty ? [] : [[service, serviceRemains(service, resource, mine, kept)] as const];
  });
  const usersOf = (volume: string) =>
    names.filter(
      (service) =>
        own.some((object) => object.service === service && object.volumes.includes(volume)) ||
        files
          .of(resources.get(service) ?? '')
          .volumeSources.some((source) => volumeName(environment, source) === volume),
    );
  return {
    server,
    isManager: objects.isManager,
    proxy: files.proxy,
    services: new Map(found),
    volumes: own.filter(({ kind }) => kind === 'volume').map(({ name }) => ({ name, usedBy: usersOf(name) })),
    network: own.find(({ kind, name }) => kind === 'network' && name === networkName(environment))?.name,
  };
}

function serviceRemains(
  service: string,
  resource: string,
  objects: readonly EngineObject[],
  { isEmpty: _isEmpty, volumeSources: _sources, ...files }: KeptFiles,
): ServiceRemains {
  const named = (kind: EngineObject['kind']) => objects.filter((each) => each.kind === kind).map(({ name }) => name);
  return {
    service,
    resource,
    containers: named('container'),
    tasks: named('task').length,
    swarmServices: named('service'),
    swarmSecrets: named('secret'),
    ...files,
  };
}

/** Names of two projects can meet through their hyphens, and with them their files; the labels tell them apart. Throws NOT_OWNED. */
export function requireOwn(
  server: string,
  environment: Owner,
  all: readonly EngineObject[],
  resources: readonly string[],
) {
  const other = all.find(
    ({ owner, isOf }) => owner?.service !== undefined && !isOf(environment) && resources.includes(resourceName(owner)),
  );
  if (other?.owner === undefined) return;
  const { project, environment: where, service } = other.owner;
  throw new DrayageError(
    'NOT_OWNED',
    `${server}: ${other.name} has a name this environment would use, but belongs to the service ${service} of project ${project}, environment ${where}; nothing was removed.`,
    {
      hint: 'Rename the project, the environment or the service of one of them, and deploy it under its new name first.',
    },
  );
}
