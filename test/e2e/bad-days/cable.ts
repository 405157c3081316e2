import type { Host } from '../../lab/host.ts';
import { type Relay, startRelay } from '../../lab/relay.ts';
import { application, type Configuration, startWorld, type World } from './world.ts';

/** A world in which version `one` serves, and whose servers are reached over cables that can be pulled. */
export interface WiredWorld extends AsyncDisposable {
  readonly world: World;
  readonly builder: Relay;
  readonly node: Relay;
  /** The configuration with the version and the cables in it. */
  configuration(version: string): Configuration;
  /** Breaks the connections to both servers, and refuses new ones for so many milliseconds. */
  pull(milliseconds: number): void;
}

export async function startWired(name: string): Promise<WiredWorld> {
  const world = await startWorld(name);
  const relayTo = ({ address, port }: Host) => startRelay({ host: address, port });
  const [builder, node] = await Promise.all([relayTo(world.builder), relayTo(world.node)]);
  const wired: WiredWorld = {
    world,
    builder,
    node,
    configuration: (version) => {
      const configuration = world.configuration();
      for (const [server, { host, port }] of Object.entries({ builder, node })) {
        configuration.servers[server] = { ...configuration.servers[server], host, port };
      }
      const { web } = configuration.services;
      if (web?.build) web.build.args = { VERSION: version };
      if (web) web.deploy.health = { http: '/healthz', port: 3000, interval: '500ms', 'start-period': '4m' };
      return configuration;
    },
    pull: (milliseconds) => {
      builder.cut(milliseconds);
      node.cut(milliseconds);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([builder.close(), node.close()]);
      await world[Symbol.asyncDispose]();
    },
  };
  world.write(wired.configuration('one'));
  const { code, output } = await world.run(['up']);
  if (code !== 0) throw new Error(`The first version could not be deployed:\n${output}`);
  return wired;
}

/** The application with `step` in its build, and with a start of its own: what a shell runs. */
export function variant({ step, start }: { step?: string; start?: string }): Record<string, string> {
  const server = 'exec httpd -f -p 3000 -h /www';
  const command = `CMD ${JSON.stringify(['sh', '-c', start === undefined ? server : `${start} ${server}`])}`;
  const end = step === undefined ? command : `RUN ${step}\n${command}`;
  return { ...application, Dockerfile: application.Dockerfile?.replace(/CMD .*/, () => end) ?? '' };
}

/** What the engine of a host did since a moment by its clock (seconds, also parts of one), such as `push 10.77.1.1:5000/acme/web:latest`. */
export async function engineEvents(host: Host, since: number, ...kinds: readonly string[]): Promise<readonly string[]> {
  const filters = kinds.map((kind) => `--filter event=${kind}`).join(' ');
  const { stdout } = await host.exec(
    `docker events --since ${since} --until "$(date +%s)" ${filters} --format '{{.Action}} {{.Actor.Attributes.name}}'`,
  );
  return stdout.split('\n').filter(Boolean);
}

/** How the service's deployments ended, the oldest first. */
export async function outcomes(world: World): Promise<readonly string[]> {
  const { stdout } = await world.node.exec('cat /var/lib/drayage/deployments/shop-production-web/*.json');
  return [...stdout.matchAll(/"status":"(\w+)","startedAt"/g)].map(([, status = '']) => status);
}
