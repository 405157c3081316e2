/** Docker Hub under all the names that tools have written for it. */
const dockerHub = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
  'hub.docker.com',
]);

/** domain-component and port of https://github.com/distribution/reference (regexp.go), with bracketed IPv6. */
const host = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;

/**
 * `host[:port]` of a registry as users write it: with or without scheme, `/v1/`, `/v2/` and capitals. All names of
 * Docker Hub become `docker.io`. undefined for anything else (a path, a user, blanks). Hosts are then compared
 * exactly: a looser match would send one registry's password to another.
 */
export function normalizeRegistryHost(text: string): string | undefined {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/(?:v[12]\/?)?$/, '');
  if (!host.test(bare)) return undefined;
  return dockerHub.has(bare) ? 'docker.io' : bare;
}
