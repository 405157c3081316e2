import { createHash } from 'node:crypto';
import type { Project, ServerSpec, ServiceSpec } from '../config/model.ts';
import { type ProxyContainerSpec, proxyContainerSpec } from '../proxy/container.ts';
import type { DaemonWish } from './daemon-config.ts';

export type SetupRole = 'build' | 'deploy' | 'both';
export type SetupMode = 'auto' | 'never' | 'always';

/** A registry whose authority the engine has to know. */
export interface Authority {
  readonly registry: string;
  /** PEM. */
  readonly pem: string;
  readonly sha256: string;
}

/** What one server is to become. */
export interface Wish {
  readonly builds: boolean;
  /** Whether something it builds has large files (git-lfs). */
  readonly lfs: boolean;
  readonly deploys: boolean;
  readonly swarm: boolean;
  readonly dockerSource: ServerSpec['dockerSource'];
  readonly platforms: readonly string[];
  readonly daemon: DaemonWish;
  readonly authorities: readonly Authority[];
  readonly proxy: ProxyContainerSpec | undefined;
}

/** Servers that run Swarm services, the one that starts the Swarm first. */
export function swarmServers(project: Project, forced: boolean, deployServers: readonly string[]): readonly string[] {
  const used = project.services.filter(({ deploy }) => deploy.mode === 'swarm').flatMap(({ deploy }) => deploy.servers);
  const wanted = new Set(forced ? deployServers : used);
  if (wanted.size > 0) for (const server of project.proxy?.servers ?? []) wanted.add(server);
  return [...wanted];
}

export function wishFor(
  project: Project,
  spec: ServerSpec,
  { role, swarm, stateDir }: { role: SetupRole; swarm: boolean; stateDir: string },
): Wish {
  const { proxy } = project;
  const deploys = role !== 'build';
  const kind = deploys && proxy?.servers.includes(spec.name) && proxy.type !== 'external' ? proxy.type : undefined;
  const registries = Object.values(project.registries);
  return {
    builds: role !== 'deploy',
    lfs: role !== 'deploy' && project.services.some((service) => buildsLargeFiles(service, spec.name)),
    deploys,
    swarm: deploys && swarm,
    dockerSource: spec.dockerSource,
    platforms: spec.platforms,
    daemon: {
      swarm: deploys && swarm,
      insecure: registries.filter(({ insecure }) => insecure).map(({ host }) => host),
    },
    authorities: registries.flatMap(({ host, ca }) => (ca === undefined ? [] : [authority(host, ca)])),
    proxy: kind === undefined ? undefined : proxyContainerSpec(kind, { stateDir }),
  };
}

function buildsLargeFiles({ source, build }: ServiceSpec, server: string): boolean {
  return source.kind === 'git' && source.lfs === true && build?.servers.includes(server) === true;
}

function authority(registry: string, ca: string): Authority {
  const pem = `${ca.trim()}\n`;
  return { registry, pem, sha256: createHash('sha256').update(pem).digest('hex') };
}
