import type { RegistrySpec, Secret } from '../../config/model.ts';
import { acrLogin } from './acr.ts';
import { ecrLogin } from './ecr.ts';
import { garLogin } from './gar.ts';

/** User and password that a provider gave. */
export interface Login {
  readonly username: string;
  readonly password: Secret;
  /** Milliseconds since the epoch; undefined: not known. */
  readonly expires?: number;
}

/** Asks the provider of a registry for a login; undefined for a registry without one. */
export async function providedLogin(registry: RegistrySpec, signal?: AbortSignal): Promise<Login | undefined> {
  const { provider } = registry;
  switch (provider?.kind) {
    case 'ecr':
      return ecrLogin(registry, provider, signal);
    case 'acr':
      return acrLogin(registry, provider.token, signal);
    case 'gar':
      return garLogin(registry, provider.key, signal);
    default:
      return undefined;
  }
}
