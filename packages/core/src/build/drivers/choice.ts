import type { BuildSpec, ServerSpec, ServiceSpec } from '../../config/model.ts';
import { isBuiltRemotely } from '../../config/pick.ts';

/** Which BuildKit builds: the one inside of the engine, one in a container beside it, or one reached over TCP. */
export type Driver = 'docker' | 'container' | 'remote';

/**
 * Where the image of a build goes: into the server's engine; into the registry for the service's tags; or into the registry as a part of an index that is
 * made of several builds. BuildKit pushes by digest alone: tags are given by whoever has made sure that they may be.
 */
export type OutputKind = 'engine' | 'push' | 'push-by-digest';

export interface DriverQuestion {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** The build server as declared; undefined for one that is not. */
  readonly server: ServerSpec | undefined;
}

/** The driver that is named, or for `auto` the simplest that can do everything that is asked for. */
export function chooseDriver({ build, server }: DriverQuestion): Driver {
  if (build.driver !== 'auto') return build.driver;
  if (isBuiltRemotely(build.driver, server)) return 'remote';
  return reasonForContainer(build, server) === undefined ? 'docker' : 'container';
}

/** The key that asks for more than the engine's own BuildKit can surely do; undefined: none does. */
export function reasonForContainer(build: BuildSpec, server: ServerSpec | undefined): string | undefined {
  const { platforms, cache, sbom, provenance, resources } = build;
  if (platforms.length > 1) return 'platforms';
  if (cache.to.some((entry) => !isInline(entry))) return 'cache.to';
  if (sbom !== false) return 'sbom';
  if (provenance) return 'provenance';
  if (resources.nanoCpus !== undefined || resources.memory !== undefined) return 'resources';
  if (server?.buildkit !== undefined) return `servers.${server.name}.buildkit`;
  return undefined;
}

/** A cache inside of the image is all that the engine's own BuildKit can export without containerd's image store. */
export function isInline(entry: string): boolean {
  return entry === 'type=inline';
}

/**
 * Images of the engine's own BuildKit go into the engine; others go to the registry at once, where there is one. What is to be loaded on the caller's
 * machine comes out of the server's engine.
 */
export function chooseOutput(driver: Driver, service: ServiceSpec, load = false): OutputKind {
  if (driver === 'docker' || service.image === undefined) return 'engine';
  return driver === 'container' && load ? 'engine' : 'push';
}
