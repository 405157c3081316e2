import { stringify } from 'yaml';
import type { BuildkitSpec } from './buildkit-spec.ts';
import type {
  BuildSpec,
  DeploySpec,
  DomainSpec,
  HealthSpec,
  MountSpec,
  Project,
  RegistrySpec,
  ScanSpec,
  ServiceSpec,
  SignSpec,
  SourceSpec,
  UpdateSpec,
} from './model.ts';
import { formatCpus, formatDuration, formatSize } from './quantities.ts';
import { secret } from './secret.ts';

/**
 * The resolved configuration as drayage.yml would say it with every default written out: sizes and durations in
 * their normal form, references replaced, secrets as `***`.
 */
export function echoProject(project: Project): string {
  return stringify(echoed(project), { lineWidth: 0, aliasDuplicateObjects: false });
}

type Echo = Readonly<Record<string, unknown>>;

/** The same as plain values. `Secret`s stay what they are: they print as `***`. */
export function echoed(project: Project): Echo {
  const { organization, name, environment, servers, registries, proxy, services } = project;
  return given({
    organization,
    project: name,
    environments: { [environment]: {} },
    servers: mapValues(
      servers,
      ({ hostKey, dockerSource, minFreeDisk, minFreeMemory, name: _, host, buildkit, ...server }) =>
        given({
          ...server,
          host: host === '' ? undefined : host,
          'min-free-disk': formatSize(minFreeDisk),
          'min-free-memory': formatSize(minFreeMemory),
          'host-key': hostKey,
          'docker-source': dockerSource,
          buildkit: buildkit && echoBuildkit(buildkit),
        }),
    ),
    registries: mapValues(registries, echoRegistry),
    proxy: proxy && given({ ...proxy, acme: given(proxy.acme) }),
    services: Object.fromEntries(services.map((service) => [service.name, echoService(service)])),
  });
}

function echoBuildkit({ keepStorage, maxParallelism, isNamed: _, ...rest }: BuildkitSpec): Echo {
  return given({ ...rest, 'keep-storage': size(keepStorage), 'max-parallelism': maxParallelism });
}

function echoBuild({ noCache, timeout, resources, ssh, ...rest }: BuildSpec): Echo {
  return given({
    ...rest,
    ssh: Object.entries(ssh).map(([id, key]) => secret(`${id}=${key.reveal()}`)),
    'no-cache': noCache,
    resources: given({ cpus: cpus(resources.nanoCpus), memory: size(resources.memory) }),
    timeout: duration(timeout),
  });
}

function echoRegistry({ host: _, expires: __, provider, ...registry }: RegistrySpec): Echo {
  if (provider === undefined) return given(registry);
  const { kind } = provider;
  if (kind !== 'ecr')
    return given({ ...registry, type: kind, password: kind === 'acr' ? provider.token : provider.key });
  const { id, secret, session } = provider.key ?? {};
  return given({ ...registry, type: kind, username: id, password: secret, 'session-token': session });
}

function echoService(service: ServiceSpec): Echo {
  const { source, build, image, tags, scan, sign, deploy, domains } = service;
  return given({
    source: echoSource(source),
    build: build && echoBuild(build),
    image,
    tags: source.kind === 'image' ? undefined : tags,
    scan: scan && echoScan(scan),
    sign: sign && echoSign(sign),
    deploy: echoDeploy(deploy),
    domains: domains.map(echoDomain),
  });
}

function echoSource(source: SourceSpec): Echo {
  if (source.kind === 'image') return { image: source.image };
  if (source.kind === 'path') return { path: source.path };
  if (source.kind === 'archive') return { archive: source.archive };
  if (source.kind === 'dockerfile') return { dockerfile: source.dockerfile };
  const { kind: _, url, ...rest } = source;
  return given({ git: url, ...rest });
}

function echoScan({ failOn, ...scan }: ScanSpec): Echo {
  return { ...scan, 'fail-on': failOn };
}

function echoSign({ publicKey, identityPattern, transparencyLog, ...sign }: SignSpec): Echo {
  return given({
    ...sign,
    'public-key': publicKey,
    'identity-pattern': identityPattern,
    'transparency-log': transparencyLog,
  });
}

function echoDeploy(deploy: DeploySpec): Echo {
  const { resources, health, restart, placement, endpointMode, stopGracePeriod, ...rest } = deploy;
  return given({
    ...rest,
    replicas: deploy.kind === 'global' ? undefined : deploy.replicas,
    resources: given({
      cpus: cpus(resources.nanoCpus),
      memory: size(resources.memory),
      'reserve-cpus': cpus(resources.reserveNanoCpus),
      'reserve-memory': size(resources.reserveMemory),
    }),
    mounts: deploy.mounts.map(echoMount),
    health: health && echoHealth(health),
    restart: given({
      condition: restart.condition,
      delay: duration(restart.delay),
      'max-attempts': restart.maxAttempts,
      window: duration(restart.window),
    }),
    update: echoUpdate(deploy.update),
    rollback: echoUpdate(deploy.rollback),
    placement: given({
      constraints: placement.constraints,
      preferences: placement.preferences,
      'max-replicas': placement.maxReplicas,
    }),
    'endpoint-mode': endpointMode,
    drain: duration(deploy.drain),
    'stop-grace-period': duration(stopGracePeriod),
    timeout: duration(deploy.timeout),
  });
}

function echoMount({ readOnly, ...mount }: MountSpec): Echo {
  return { ...mount, 'read-only': readOnly };
}

function echoHealth({ probe, interval, timeout, retries, startPeriod }: HealthSpec): Echo {
  return given({
    http: probe.kind === 'http' ? probe.path : undefined,
    tcp: probe.kind === 'tcp' ? probe.port : undefined,
    command: probe.kind === 'command' ? probe.command : undefined,
    port: probe.kind === 'http' ? probe.port : undefined,
    interval: duration(interval),
    timeout: duration(timeout),
    retries,
    'start-period': duration(startPeriod),
  });
}

function echoUpdate({ delay, monitor, maxFailureRatio, ...update }: UpdateSpec): Echo {
  return { ...update, delay: duration(delay), monitor: duration(monitor), 'max-failure-ratio': maxFailureRatio };
}

function echoDomain({ certificate, ...domain }: DomainSpec): Echo {
  if (certificate.kind !== 'custom') return { ...domain, certificate: certificate.kind };
  return { ...domain, certificate: { cert: certificate.cert, key: certificate.key } };
}

function duration(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : formatDuration(milliseconds);
}

function size(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : formatSize(bytes);
}

function cpus(nanoCpus: number | undefined): string | undefined {
  return nanoCpus === undefined ? undefined : formatCpus(nanoCpus);
}

/** Without what was not given. */
function given(values: Echo): Echo {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function mapValues<T>(values: Readonly<Record<string, T>>, map: (value: T) => Echo): Echo {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
