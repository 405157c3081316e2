import { parseImage } from '../config/image-reference.ts';

const dockerHub = 'docker.io';

/** `host[:port]` that answers the registry's HTTP API. */
export function apiHost(registry: string): string {
  return registry === dockerHub ? 'registry-1.docker.io' : registry;
}

/** The key under which Docker's config.json keeps the credentials of a registry. */
export function configKey(registry: string): string {
  return registry === dockerHub ? 'https://index.docker.io/v1/' : registry;
}

/** Whether both images live in the same repository, whatever their spelling, tag or digest. */
export function isSameRepository(one: string, other: string): boolean {
  const [left, right] = [parseImage(one), parseImage(other)];
  return left !== undefined && left.registry === right?.registry && left.repository === right.repository;
}
