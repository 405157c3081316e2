import { parseImage } from '../config/image-reference.ts';
import type { RegistrySpec } from '../config/model.ts';
import { normalizeRegistryHost } from '../config/registry-host.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The registry's declaration, by its whole normalised host: a part of a name never matches. */
export function registryOf(registries: Readonly<Record<string, RegistrySpec>>, host: string): RegistrySpec | undefined {
  const wanted = normalizeRegistryHost(host);
  return Object.values(registries).find((registry) => normalizeRegistryHost(registry.host) === wanted);
}

/** The declaration of the registry an image lives in; one without credentials where none is declared. */
export function registryOfImage(registries: Readonly<Record<string, RegistrySpec>>, image: string): RegistrySpec {
  const host = parseImage(image)?.registry ?? 'docker.io';
  return registryOf(registries, host) ?? { host, insecure: false };
}

/** User and password of a registry; undefined for anonymous access. */
export function credentialsOf(registry: RegistrySpec): Credentials | undefined {
  if (registry.username === undefined || registry.password === undefined) return undefined;
  return { username: registry.username, password: registry.password.reveal() };
}
