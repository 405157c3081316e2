import type { Remains, ServiceRemains } from './remains.ts';

/** What is to be removed. */
export interface TeardownPlan {
  /** The services of which something is there, in the order in which they go. */
  readonly services: readonly string[];
  /** Whether the environment's network goes too. */
  readonly network: boolean;
  /** By server: named volumes that go. */
  readonly volumes: ReadonlyMap<string, readonly string[]>;
  /** By server: named volumes that stay. */
  readonly kept: ReadonlyMap<string, readonly string[]>;
  /** One line for each thing that goes; empty: there is nothing to do. */
  readonly changes: readonly string[];
}

export interface TeardownWish {
  /** The services that are to go; undefined: the whole environment. */
  readonly services?: readonly string[];
  /** In the order of their deployment. */
  readonly order: readonly string[];
  /** Whether named volumes go too. */
  readonly volumes: boolean;
}

/**
 * Decides what goes. Services that depend on others go before them; those that drayage.yml does not have any more go first. A
 * volume that another service mounts stays.
 */
export function planTeardown(remains: readonly Remains[], wish: TeardownWish): TeardownPlan {
  const { services: only, order } = wish;
  const found = new Set(remains.flatMap(({ services }) => [...services.keys()]));
  const goes = (service: string) => only === undefined || only.includes(service);
  const orphans = [...found].filter((service) => !order.includes(service)).sort();
  const services = [...orphans, ...order.toReversed().filter((service) => found.has(service))].filter(goes);
  const volumesOn = ({ volumes }: Remains) =>
    volumes
      .filter(({ usedBy }) => only === undefined || (usedBy.length > 0 && usedBy.every(goes)))
      .map(({ name }) => name);
  const perServer = new Map(remains.map((each) => [each.server.name, volumesOn(each)]));
  const none: ReadonlyMap<string, readonly string[]> = new Map();
  const network = only === undefined && remains.some((each) => each.network !== undefined);
  return {
    services,
    network,
    volumes: wish.volumes ? perServer : none,
    kept: wish.volumes ? none : perServer,
    changes: remains.flatMap((each) => [
      ...services.flatMap((service) => linesOf(each.services.get(service), each.server.name)),
      ...(wish.volumes ? (perServer.get(each.server.name) ?? []) : []).map(
        (name) => `${each.server.name}: volume ${name}, with all data in it`,
      ),
      ...(only === undefined && each.network !== undefined ? [`${each.server.name}: network ${each.network}`] : []),
    ]),
  };
}

function linesOf(remains: ServiceRemains | undefined, server: string): string[] {
  if (remains === undefined) return [];
  const { service, resource, containers, tasks, swarmServices, swarmSecrets, secretFiles, deployments, images } =
    remains;
  const some = (count: number, one: string) => (count === 0 ? [] : [`${count} ${one}${count === 1 ? '' : 's'}`]);
  return [
    ...(remains.hasRoute ? ['its route at the proxy'] : []),
    ...swarmServices.map((name) => `Swarm service ${name}`),
    ...containers.map((name) => `container ${name}`),
    ...some(tasks, 'container').map((text) => `${text} of its tasks`),
    ...swarmSecrets.map((name) => `Swarm secret ${name}`),
    ...some(secretFiles, 'secret file'),
    ...some(deployments, 'deployment').map((text) => `its history (${text}), so that nothing can be rolled back to`),
    ...some(images, 'image').map((text) => `${text} kept for rollbacks`),
  ]
    .map((what) => `${server}: ${service}: ${what}`)
    .concat(isBare(remains) ? [`${server}: ${service}: what is left of ${resource} in the state folder`] : []);
}

/** Of an earlier teardown that was cut off, a marker may be all that is left. */
function isBare({
  containers,
  tasks,
  swarmServices,
  swarmSecrets,
  secretFiles,
  deployments,
  images,
  hasRoute,
}: ServiceRemains) {
  const named = containers.length + swarmServices.length + swarmSecrets.length;
  return !hasRoute && named + tasks + secretFiles + deployments + images === 0;
}

/** Says which volumes stay, and how to remove them. */
export function keptSentences({ kept }: TeardownPlan): readonly string[] {
  return [...kept].flatMap(([server, names]) =>
    names.length === 0
      ? []
      : [
          `${server}: volume${names.length === 1 ? '' : 's'} ${names.join(', ')} kept. To remove ${names.length === 1 ? 'it' : 'them'} with all data: add --volumes, or on ${server}: docker volume rm ${names.join(' ')}`,
        ],
  );
}
