/** What Drayage wants in /etc/docker/daemon.json (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file). */
export interface DaemonWish {
  /** Swarm mode and live restore exclude each other. */
  readonly swarm: boolean;
  /** Registries without TLS. */
  readonly insecure: readonly string[];
}

export interface DaemonChange {
  /** The new file. */
  readonly text: string;
  /** What changes, for people. */
  readonly what: readonly string[];
  /** Whether a running engine takes it on SIGHUP; else it has to be restarted, which stops containers without live restore. */
  readonly reloadable: boolean;
  /** Without it something that is asked for cannot work; the rest is good practice. */
  readonly required: boolean;
}

const rotation = { 'max-size': '10m', 'max-file': '3' };

/**
 * Adds what is missing to an existing file and keeps every key that is there. undefined when nothing is missing; a
 * sentence when the file is not what dockerd accepts.
 */
export function mergeDaemonConfig(existing: string | undefined, wish: DaemonWish): DaemonChange | string | undefined {
  const config = parse(existing ?? '');
  if (typeof config === 'string') return config;
  const what: string[] = [];
  let reloadable = true;
  let required = false;
  const merged: Record<string, unknown> = { ...config };
  const driver = config['log-driver'] ?? 'json-file';
  if (driver === 'json-file' && config['log-opts'] === undefined) {
    Object.assign(merged, { 'log-driver': 'json-file', 'log-opts': rotation });
    what.push('rotate container logs at 10 MB, 3 files');
    reloadable = false;
  }
  if (wish.swarm ? config['live-restore'] === true : config['live-restore'] === undefined) {
    merged['live-restore'] = !wish.swarm;
    required ||= wish.swarm;
    what.push(
      wish.swarm ? 'turn live restore off, which Swarm excludes' : 'keep containers running while Docker restarts',
    );
  }
  const known = Array.isArray(config['insecure-registries']) ? config['insecure-registries'] : [];
  const missing = wish.insecure.filter((registry) => !known.includes(registry));
  if (missing.length > 0) {
    merged['insecure-registries'] = [...known, ...missing];
    required = true;
    what.push(`allow plain HTTP to ${missing.join(', ')}`);
  }
  if (what.length === 0) return undefined;
  return { text: `${JSON.stringify(merged, null, 2)}\n`, what, reloadable, required };
}

function parse(text: string): Record<string, unknown> | string {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return '/etc/docker/daemon.json holds no JSON object';
  } catch (error) {
    return `/etc/docker/daemon.json is not valid JSON (${(error as Error).message})`;
  }
}
