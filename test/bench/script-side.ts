import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mode, World } from './world.ts';
import { writeSshConfig } from './world.ts';

const script = fileURLToPath(new URL('script.sh', import.meta.url));
const legs = fileURLToPath(new URL('legs', import.meta.url));

/** Health, drain and monitor settings that both sides use. Durations in seconds. */
export const settings = {
  health: '/healthz',
  port: 3000,
  interval: 0.1,
  drain: 1,
  monitor: 5,
  timeout: 60,
  order: 'start-first',
};

export const scriptSite = 'script.example.com';

export interface Script {
  /** Builds, pushes and deploys a folder; or only deploys `image:tag`. Resolves with the milliseconds it took. */
  run(leg: 'all' | 'deploy', folder: string, tag: string): Promise<number>;
  /** The same commands on the servers themselves, without SSH. The folder must be on the build server already. */
  bare(tag: string): Promise<number>;
  /** Builds and pushes a folder, bare on the build server. */
  publish(folder: string, tag: string): Promise<void>;
  /** Puts a folder where `bare` builds it. */
  place(folder: string): Promise<void>;
  readonly image: string;
}

const network = 'bench';
const proxy = 'bench-proxy';
const service = 'bench-web';

/** Does once what the script relies on: logged in servers, a proxy on its own ports, and for Swarm a service. */
export async function prepareScript(world: World, mode: Mode): Promise<Script> {
  const { registry, builder, node } = world;
  const image = `${registry.host}/bench/web-${mode}`;
  const config = writeSshConfig(world);
  const login = `docker login --username ${registry.username} --password-stdin ${registry.host}`;
  await Promise.all([builder, node].map(({ host }) => host.exec(login, { stdin: registry.password })));
  if (mode === 'standalone') {
    await node.host.exec('apt-get update -q && apt-get install -y -q --no-install-recommends curl');
    await node.host.exec(`docker inspect ${proxy} >/dev/null 2>&1 && exit
      set -e
      docker network create ${network}
      mkdir -p /srv/${proxy}
      echo ':80' >/srv/${proxy}/Caddyfile
      docker run --detach --name ${proxy} --network ${network} --publish 8000:80 --volume /srv/${proxy}:/srv \
        caddy:2 caddy run --config /srv/Caddyfile`);
  }
  const variables: Record<string, string> = {
    service,
    network,
    proxy,
    ...(mode === 'standalone' ? { site: `http://${scriptSite}` } : {}),
    health: settings.health,
    port: String(settings.port),
    drain: String(settings.drain),
    timeout: String(settings.timeout),
    monitor: String(settings.monitor),
  };
  const assign = (more: Record<string, string>): string =>
    Object.entries({ ...variables, ...more })
      .map(([name, value]) => `${name}='${value}'\n`)
      .join('');
  const leg = (name: string): string => readFileSync(join(legs, `${name}.sh`), 'utf8');
  const place = async (folder: string): Promise<void> => {
    await builder.host.exec('rm -rf /root/bare');
    cpSync(folder, join(builder.host.rootFolder, 'root', 'bare'), { recursive: true });
  };
  const build = (tag: string) => builder.host.exec(`cd /root/bare\n${assign({ image, tag })}${leg('build')}`);
  return {
    image,
    run: (part, folder, tag) =>
      timed(script, {
        ...variables,
        PATH: process.env.PATH ?? '',
        SSH_CONFIG: config,
        SOURCE: folder,
        IMAGE: image,
        SITE_ADDRESS: `${node.host.address}:8000`,
        REGISTRY: registry.host,
        REGISTRY_USER: registry.username,
        REGISTRY_PASSWORD: registry.password,
        MODE: mode,
        LEG: part,
        TAG: tag,
      }),
    publish: async (folder, tag) => {
      await place(folder);
      await build(tag);
    },
    place,
    bare: async (tag) => {
      const startedAt = performance.now();
      await build(tag);
      if (mode === 'standalone') await node.host.exec(`${assign({ image, tag })}${leg('pull')}`);
      await node.host.exec(`${assign({ image, tag })}${leg(mode)}`);
      return performance.now() - startedAt;
    },
  };
}

/** Makes the Swarm service that `docker service update` updates, as it would have been made by hand once. */
export async function createService(world: World, script: Script, tag: string): Promise<void> {
  // On a network of its own, where a proxy and other services would find it, as Drayage's is.
  await world.node.host.exec(`docker network create --driver overlay --attachable ${network}-swarm
  docker service create --quiet --name ${service} --network ${network}-swarm --with-registry-auth --endpoint-mode dnsrr \
    --env GREETING=hello \
    --health-cmd 'node -e "fetch(\\"http://127.0.0.1:${settings.port}${settings.health}\\").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"' \
    --health-interval 2s --health-start-period 5s --health-start-interval 100ms \
    --update-order ${settings.order} --update-monitor ${settings.monitor}s ${script.image}:${tag}`);
}

function timed(program: string, env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(program, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(performance.now() - startedAt);
      else reject(new Error(`The script failed with exit status ${code}:\n${output}`));
    });
  });
}
