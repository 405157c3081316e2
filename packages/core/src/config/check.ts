import type { ProxySpec, ServerSpec, ServiceSpec } from './model.ts';
import { labelPrefix } from './names.ts';
import { didYouMean } from './nearest.ts';
import type { Dependent } from './order.ts';
import { deploymentOrder } from './order.ts';
import type { Problems } from './problems.ts';
import { serverHint } from './server-address.ts';
import { type Path, printPath } from './tree.ts';

/** Names of servers that a list names, each known and allowed to do what is asked of it. */
export function checkServers(
  names: readonly string[],
  path: Path,
  task: 'build' | 'deploy',
  servers: ReadonlyMap<string, Pick<ServerSpec, 'role'> | undefined>,
  problems: Problems,
): void {
  for (const [index, name] of names.entries()) {
    const at = [...path, index];
    const role = servers.get(name)?.role;
    if (!servers.has(name)) {
      problems.error(at, `${printPath(path)} names the server "${name}", which does not exist.`, {
        hint: problems.isInput(at)
          ? serverHint(name, servers.keys())
          : (didYouMean(name, servers.keys()) ?? 'Add it under servers.'),
        once: true,
      });
    } else if (role !== undefined && role !== 'both' && role !== task) {
      problems.error(at, `${printPath(path)} names the server "${name}", whose role is ${role}.`, {
        code: 'CONFIG_CONFLICT',
        once: true,
        hint: `Give it role: both, or choose a server with the role ${task} or both.`,
      });
    }
  }
}

export function checkJumps(
  servers: ReadonlyMap<string, { readonly jump?: string } | undefined>,
  problems: Problems,
): void {
  for (const [name, server] of servers) {
    const path = ['servers', name, 'jump'];
    const seen = [name];
    for (let hop = server?.jump; hop !== undefined; hop = servers.get(hop)?.jump) {
      if (!servers.has(hop)) {
        if (seen.length > 1) break;
        problems.error(path, `${printPath(path)} names the server "${hop}", which does not exist.`, {
          hint: didYouMean(hop, servers.keys()),
        });
      } else if (seen.includes(hop)) {
        problems.error(path, `${printPath(path)} leads in a circle: ${[...seen, hop].join(' → ')}.`, {
          code: 'CONFIG_CONFLICT',
        });
        break;
      }
      seen.push(hop);
    }
  }
}

/** Names in the order of deployment; what is unknown or goes in a circle is reported. */
export function checkDependencies(
  services: readonly Dependent[],
  known: readonly string[],
  problems: Problems,
): readonly string[] {
  for (const { name, dependsOn } of services) {
    for (const [index, wanted] of dependsOn.entries()) {
      if (known.includes(wanted)) continue;
      const path = ['services', name, 'depends-on', index];
      problems.error(path, `The service ${name} depends on "${wanted}", which does not exist.`, {
        hint: didYouMean(wanted, known),
      });
    }
  }
  const order = deploymentOrder(services);
  if ('names' in order) return order.names;
  const [first = ''] = order.cycle;
  const message = `Services depend on each other in a circle: ${order.cycle.join(' → ')}.`;
  problems.error(['services', first, 'depends-on'], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  return services.map((service) => service.name);
}

/** What a service asks for that cannot be had together. */
export function checkService(service: ServiceSpec, given: { readonly replicas?: number }, problems: Problems): void {
  const path = ['services', service.name, 'deploy'];
  const { deploy } = service;
  const conflict = (keys: Path, message: string, hint?: string) =>
    problems.error([...path, ...keys], message, { what: 'key', code: 'CONFIG_CONFLICT', hint });
  if (deploy.servers.length === 0) {
    problems.error(path, `The service ${service.name} has no server to run on.`, {
      what: 'key',
      hint: 'Add servers: to deploy or to the environment.',
    });
  }
  if (deploy.kind === 'global' && given.replicas !== undefined) {
    conflict(['replicas'], `${printPath(path)} has both kind: global and replicas; global runs one on every server.`);
  }
  const { nanoCpus, reserveNanoCpus, memory, reserveMemory } = deploy.resources;
  if (nanoCpus !== undefined && (reserveNanoCpus ?? 0) > nanoCpus) {
    conflict(['resources', 'reserve-cpus'], `${printPath(path)}.resources reserves more CPUs than cpus allows.`);
  }
  if (memory !== undefined && (reserveMemory ?? 0) > memory) {
    conflict(['resources', 'reserve-memory'], `${printPath(path)}.resources reserves more memory than memory allows.`);
  }
  for (const [name, { soft, hard }] of Object.entries(deploy.ulimits)) {
    if (soft > hard) conflict(['ulimits', name], `The soft limit of ${name} is above its hard limit.`);
  }
  for (const label of Object.keys(deploy.labels)) {
    if (isOurs(label))
      conflict(['labels', label], `The label ${label} is one of those Drayage marks its own resources with.`);
  }
  checkPorts(service, conflict);
  if (deploy.mode === 'standalone') refuseSwarmKeys(service, conflict);
}

function isOurs(label: string): boolean {
  return label === labelPrefix || label.startsWith(`${labelPrefix}.`);
}

type Conflict = (keys: Path, message: string, hint?: string) => void;

function checkPorts({ name, deploy }: ServiceSpec, conflict: Conflict): void {
  const inHostMode = deploy.ports.find((port) => port.mode === 'host');
  if (
    inHostMode !== undefined &&
    deploy.kind === 'replicated' &&
    deploy.servers.length > 0 &&
    deploy.replicas > deploy.servers.length
  ) {
    const message = `The service ${name} wants ${deploy.replicas} replicas on ${deploy.servers.length} server${deploy.servers.length === 1 ? '' : 's'}, each with port ${inHostMode.published} of its server.`;
    conflict(['ports'], message, 'Use mode: ingress (Swarm), fewer replicas, or a domain instead of a port.');
  }
  if (deploy.endpointMode === 'dnsrr' && deploy.ports.some((port) => port.mode === 'ingress')) {
    conflict(
      ['endpoint-mode'],
      `The service ${name} has endpoint-mode dnsrr and a port in mode ingress; Swarm's mesh needs vip.`,
    );
  }
}

function refuseSwarmKeys({ name, deploy }: ServiceSpec, conflict: Conflict): void {
  const swarmOnly: [Path, boolean][] = [
    [['placement'], deploy.placement.constraints.length > 0 || deploy.placement.preferences.length > 0],
    [['placement', 'max-replicas'], deploy.placement.maxReplicas !== undefined],
    [['endpoint-mode'], deploy.endpointMode !== 'vip'],
    [['ports'], deploy.ports.some((port) => port.mode === 'ingress')],
  ];
  for (const [keys, used] of swarmOnly) {
    const key = keys[0] === 'ports' ? 'a port in mode ingress' : keys.join('.');
    if (used) conflict(keys, `The service ${name} has mode: standalone and ${key}, which only Swarm has.`);
  }
}

export function checkProxy(
  proxy: Pick<ProxySpec, 'type'> | undefined,
  services: readonly ServiceSpec[],
  problems: Problems,
): void {
  if (proxy !== undefined) return;
  for (const service of services) {
    if (service.domains.length === 0) continue;
    problems.error(
      ['services', service.name, 'domains'],
      `The service ${service.name} has domains, but there is no proxy.`,
      {
        what: 'key',
        hint: 'Add, for example: proxy: { type: caddy, email: ops@example.com }',
      },
    );
  }
}
