import type { RegistrySpec } from '../model.ts';
import { normalizeRegistryHost } from '../registry-host.ts';
import type { ParsedRegistry } from '../schema/project.ts';
import { registryProvider } from './provider.ts';
import type { Reading } from './reading.ts';

/**
 * Registries by normalised host; two keys that mean one registry are an error.
 *
 * @param env Where a provider's own tools leave their credentials.
 */
export async function registrySpecs(
  registries: Readonly<Record<string, ParsedRegistry>>,
  env: Readonly<Record<string, string | undefined>>,
  reading: Reading,
): Promise<Record<string, RegistrySpec>> {
  const specs = new Map<string, RegistrySpec>();
  for (const [key, registry] of Object.entries(registries)) {
    const path = ['registries', key];
    const host = normalizeRegistryHost(key);
    if (host === undefined) {
      reading.problems.error(path, `"${key}" is not a registry; expected host or host:port, without a path.`, {
        what: 'key',
        hint: withoutPath(key),
      });
    } else if (specs.has(host)) {
      reading.problems.error(path, `The registry ${host} stands twice under registries.`, {
        what: 'key',
        code: 'CONFIG_CONFLICT',
      });
    } else {
      specs.set(host, await registrySpec(host, registry, path, env, reading));
    }
  }
  return Object.fromEntries(specs);
}

async function registrySpec(
  host: string,
  registry: ParsedRegistry,
  path: string[],
  env: Readonly<Record<string, string | undefined>>,
  reading: Reading,
): Promise<RegistrySpec> {
  const { username, password, ca, insecure, type } = registry;
  const provider = registryProvider(host, registry, path, env, reading);
  const isToken = type === 'acr' || type === 'gar';
  if (
    (username === undefined) !== (password === undefined) &&
    !(isToken && (username === undefined || password === undefined))
  ) {
    const [has, lacks] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    reading.problems.error(path, `The registry ${host} has a ${has} and no ${lacks}; it needs both or neither.`, {
      what: 'key',
    });
  }
  if (insecure && ca !== undefined) {
    const message = `The registry ${host} is insecure (plain HTTP) and has a ca; it can have only one of them.`;
    reading.problems.error([...path, 'ca'], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  }
  return {
    host,
    ...(provider === undefined
      ? {
          username,
          password: password === undefined ? undefined : reading.secret([...path, 'password'], password),
        }
      : { provider }),
    ca: ca === undefined ? undefined : await reading.pem([...path, 'ca'], ca),
    insecure,
  };
}

/** `registry.gitlab.com/group/project`: what is below a registry belongs to the images. */
function withoutPath(key: string): string | undefined {
  const bare = key.replace(/^https?:\/\//i, '');
  const host = bare.includes('/') ? normalizeRegistryHost(bare.slice(0, bare.indexOf('/'))) : undefined;
  return host === undefined ? undefined : `Write ${host}: its credentials are for everything below it.`;
}
