import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, runCli } from '../demo/drayage.ts';
import { settings } from './script-side.ts';
import type { Mode, Reached, World } from './world.ts';

export const drayageSite = 'drayage.example.com';

export interface Drayage {
  /** Runs the bundled command line in the folder. Throws when it fails. */
  run(folder: string, ...args: string[]): Promise<CliResult>;
  /** Writes the drayage.yml that says the same as the script. */
  configure(folder: string, change?: (configuration: Configuration) => void): void;
  readonly image: string;
}

export interface Configuration {
  project: string;
  servers: Record<string, unknown>;
  registries: Record<string, unknown>;
  proxy: Record<string, unknown>;
  services: {
    web: { source: unknown; build?: unknown; image?: string; deploy: Record<string, unknown>; domains: unknown[] };
  };
}

/** A health check that runs inside the container, for images without curl: the same on both sides. */
export const healthCommand = `node -e 'fetch("http://127.0.0.1:${settings.port}${settings.health}").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))'`;

export function drayage(world: World, mode: Mode): Drayage {
  const { registry } = world;
  const image = `${registry.host}/bench/drayage-${mode}`;
  const server = ({ host, relay }: Reached, role: string) => ({
    host: relay.host,
    port: relay.port,
    user: host.user,
    role,
    'host-key': host.hostKey,
    'docker-source': 'distribution',
  });
  const health =
    mode === 'swarm'
      ? { command: healthCommand, interval: '2s', 'start-period': '5s' }
      : { http: settings.health, port: settings.port, interval: `${settings.interval * 1000}ms`, retries: 100 };
  const configuration = (): Configuration => ({
    project: `bench-${mode}`,
    servers: { builder: server(world.builder, 'build'), node: server(world.node, 'deploy') },
    registries: {
      [registry.host]: { username: registry.username, password: '${{ secrets.REGISTRY_PASSWORD }}', insecure: true },
    },
    proxy: { type: 'caddy', servers: ['node'] },
    services: {
      web: {
        source: { path: '.' },
        build: { servers: ['builder'] },
        image,
        deploy: {
          mode,
          servers: ['node'],
          env: { GREETING: 'hello' },
          health,
          drain: `${settings.drain}s`,
          timeout: `${settings.timeout}s`,
          ...(mode === 'swarm' ? { 'endpoint-mode': 'dnsrr' } : {}),
          update: { order: settings.order, monitor: `${settings.monitor}s` },
        },
        // The script has no proxy in Swarm mode either.
        domains:
          mode === 'swarm' ? [] : [{ host: drayageSite, port: settings.port, https: false, certificate: 'none' }],
      },
    },
  });
  const env = { DRAYAGE_SSH_KEY: world.privateKey, DRAYAGE_SECRET_REGISTRY_PASSWORD: registry.password };
  return {
    image,
    configure: (folder, change) => {
      const written = configuration();
      change?.(written);
      writeFileSync(join(folder, 'drayage.yml'), JSON.stringify(written, null, 2));
    },
    run: async (folder, ...args) => {
      const result = await runCli(args, { cwd: folder, env, node: world.measured.path });
      if (result.code !== 0) throw new Error(`drayage ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
      return result;
    },
  };
}
