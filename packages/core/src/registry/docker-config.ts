import type { RegistrySpec } from '../config/model.ts';
import { credentialsOf } from './credentials.ts';
import { configKey } from './hosts.ts';

/**
 * Content of a `config.json` for a temporary DOCKER_CONFIG: the credentials of these registries and nothing else. It holds
 * passwords: it belongs on tmpfs, in a file of mode 0600, for the time of one command.
 *
 * @param pluginFolders Where the Docker CLI also looks for plugins: a new DOCKER_CONFIG hides those in `~/.docker/cli-plugins`.
 */
export function dockerConfig(registries: readonly RegistrySpec[], pluginFolders: readonly string[] = []): string {
  const auths = registries.flatMap((registry) => {
    const credentials = credentialsOf(registry);
    if (credentials === undefined) return [];
    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    return [[configKey(registry.host), { auth }] as const];
  });
  return JSON.stringify({
    auths: Object.fromEntries(auths),
    ...(pluginFolders.length === 0 ? {} : { cliPluginsExtraDirs: pluginFolders }),
  });
}

/** Value of the Engine API's `X-Registry-Auth` header for a pull or a push; undefined for anonymous access. */
export function registryAuthHeader(registry: RegistrySpec): string | undefined {
  const credentials = credentialsOf(registry);
  if (credentials === undefined) return undefined;
  const serveraddress = configKey(registry.host);
  return Buffer.from(JSON.stringify({ ...credentials, serveraddress })).toString('base64url');
}
