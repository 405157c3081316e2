import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';
import { startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { type Relay, startRelay } from '../lab/relay.ts';
import type { MeasuredNode } from './node.ts';

export type Mode = 'standalone' | 'swarm';

/** One build server and one node, each behind a relay that delays and counts, and a registry that is near to both. */
export interface World {
  /** What `up` runs on. */
  readonly measured: MeasuredNode;
  readonly builder: Reached;
  readonly node: Reached;
  readonly registry: Registry;
  readonly privateKeyPath: string;
  readonly privateKey: string;
  /** Scratch folder; goes with the process. */
  readonly scratch: string;
  /** Sets the round-trip time to both servers, in milliseconds. */
  setRoundTrip(milliseconds: number): void;
  /** What passed both relays since the last call. */
  takeCounts(): Counts;
  stop(): Promise<void>;
}

export interface Reached {
  readonly host: Host;
  readonly relay: Relay;
}

export interface Counts {
  readonly builder: ReturnType<Relay['counts']>;
  readonly node: ReturnType<Relay['counts']>;
}

export async function startWorld(measured: MeasuredNode): Promise<World> {
  const lab = await startLab({ name: `bench-${process.pid}` });
  const scratch = mkdtempSync(join(tmpdir(), 'drayage-bench-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const reach = async (name: string): Promise<Reached> => {
    const host = await lab.host(name, { docker: true });
    return { host, relay: await startRelay({ host: host.address, port: host.port }) };
  };
  const [builder, node, registry] = await Promise.all([reach('builder'), reach('node'), lab.registry()]);
  return {
    measured,
    builder,
    node,
    registry,
    privateKeyPath: lab.privateKeyPath,
    privateKey: node.host.privateKey,
    scratch,
    setRoundTrip: (milliseconds) => {
      for (const { relay } of [builder, node]) relay.setDelay(milliseconds / 2);
    },
    takeCounts: () => {
      const counts = { builder: builder.relay.counts(), node: node.relay.counts() };
      for (const { relay } of [builder, node]) relay.reset();
      return counts;
    },
    stop: () => lab.stop(),
  };
}

/** An ssh_config that names both servers, with one kept connection for each. */
export function writeSshConfig(world: World): string {
  const folder = join(world.scratch, 'ssh');
  mkdirSync(folder, { recursive: true });
  const servers = { builder: world.builder, node: world.node };
  const known = Object.entries(servers).map(([name, { host }]) => host.knownHosts.replace(host.address, name));
  writeFileSync(join(folder, 'known_hosts'), `${known.join('\n')}\n`);
  const entries = Object.entries(servers).map(
    ([name, { host, relay }]) => `Host ${name}
  HostName ${relay.host}
  Port ${relay.port}
  User ${host.user}
  HostKeyAlias ${name}
`,
  );
  const file = join(folder, 'config');
  writeFileSync(
    file,
    `${entries.join('')}Host *
  IdentityFile ${world.privateKeyPath}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, 'known_hosts')}
  BatchMode yes
  ControlMaster auto
  ControlPath ${join(folder, '%n')}
  ControlPersist 60
  LogLevel ERROR
`,
  );
  return file;
}
