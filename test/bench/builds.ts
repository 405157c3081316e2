import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildService } from '../../packages/core/src/build/build.ts';
import { loadProject } from '../../packages/core/src/config/load.ts';
import type { Project } from '../../packages/core/src/config/model.ts';
import type { Context } from '../../packages/core/src/context.ts';
import { Push } from '../../packages/core/src/image/push.ts';
import type { Report } from '../../packages/core/src/report/report.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import { hasBuildkit, loadBuildkit } from '../conformance/builders/buildkit-image.ts';
import { checkout } from './change.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import { type Reached, type World, writeSshConfig } from './world.ts';

/** Medians of builds, in milliseconds after the connections stood. */
export interface Build {
  readonly what: 'one changed file' | 'nothing changed' | 'two platforms';
  readonly who: 'drayage' | 'docker buildx build --push over ssh://' | 'the slower platform alone';
  readonly roundTrip: number;
  readonly total: number;
  /** What connecting took before. */
  readonly connecting: number;
  readonly turns: number;
}

export async function measureBuilds(world: World, rounds: number, log: (line: string) => void): Promise<Build[]> {
  const results: Build[] = [];
  const measure = async (head: Pick<Build, 'what' | 'who' | 'roundTrip'>, step: (round: number) => Promise<Cost>) => {
    const costs: Cost[] = [];
    await step(-1);
    for (let round = 0; round < rounds; round += 1) {
      world.setRoundTrip(head.roundTrip);
      const cost = await step(round).finally(() => world.setRoundTrip(0));
      costs.push(cost);
      log(
        `${head.what}, ${head.who}, ${head.roundTrip} ms, round ${round + 1}: ${seconds(cost.total)}, ${cost.turns} turns`,
      );
    }
    const of = (key: keyof Cost): number => median(costs.map((cost) => cost[key]));
    results.push({ ...head, total: of('total'), connecting: of('connecting'), turns: of('turns') });
  };
  const source = checkout(join(world.scratch, 'builds'));
  for (const roundTrip of [0, 50]) {
    await measure({ what: 'one changed file', who: 'drayage', roundTrip }, (round) => {
      source.change(`ours-${roundTrip}-${round}`);
      return ours(world, source.folder, {});
    });
    const theirs = await buildxOverSsh(world, source.folder);
    await measure({ what: 'one changed file', who: 'docker buildx build --push over ssh://', roundTrip }, (round) => {
      source.change(`theirs-${roundTrip}-${round}`);
      return theirs();
    });
    await measure({ what: 'nothing changed', who: 'drayage', roundTrip }, () => ours(world, source.folder, {}));
  }
  if (await hasBuildkit()) await measurePlatforms(world, measure);
  return results;
}

type Measure = (
  head: Pick<Build, 'what' | 'who' | 'roundTrip'>,
  step: (round: number) => Promise<Cost>,
) => Promise<void>;

/** The second server says it is another machine; without an emulator its programs run as they are. */
async function measurePlatforms(world: World, measure: Measure): Promise<void> {
  await Promise.all([world.builder, world.node].map(({ host }) => loadBuildkit(host)));
  const folder = join(world.scratch, 'platforms');
  mkdirSync(folder);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox:1.37.0\nCOPY a.txt /\nRUN sleep 5\n');
  const all = ['linux/amd64', 'linux/arm64'];
  const built = (name: string, platforms: readonly string[]) => (round: number) => {
    writeFileSync(join(folder, 'a.txt'), `${name} ${round}`);
    return ours(world, folder, { servers: ['builder', 'node'], platforms, driver: 'container' });
  };
  const alone = (round: number) => built('alone', ['linux/arm64'])(round);
  await measure({ what: 'two platforms', who: 'the slower platform alone', roundTrip: 0 }, async (round) => {
    const one = await built('first', ['linux/amd64'])(round);
    const other = await alone(round);
    return one.total > other.total ? one : other;
  });
  await measure({ what: 'two platforms', who: 'drayage', roundTrip: 0 }, built('both', all));
}

interface Cost {
  readonly total: number;
  readonly connecting: number;
  readonly turns: number;
}

/** Builds and pushes as `up` does: in one job of the build server, while the registry is being asked. */
async function ours(world: World, folder: string, build: object): Promise<Cost> {
  const project = await projectOf(world, folder, build);
  const connections = new Map<string, Promise<Server>>();
  const context: Context = {
    report: silent,
    signal: new AbortController().signal,
    run: { id: `bench-${process.pid}`, who: 'the bench' },
    connect: (name) => {
      const opened = connections.get(name) ?? dial(name, name === 'node' ? world.node : world.builder);
      connections.set(name, opened);
      return opened;
    },
  };
  const before = performance.now();
  await Promise.all((project.services[0]?.build?.servers ?? []).map((name) => context.connect(name)));
  world.takeCounts();
  const startedAt = performance.now();
  const git = {};
  {
    await using push = new Push(context, { project, service: 'web', server: 'builder', git });
    const request = { project, service: 'web', git };
    const built = await buildService(context, { ...request, followUp: (names) => push.followUp(names) });
    const { digest } = await push.finish(built);
    const total = performance.now() - startedAt;
    const { builder, node } = world.takeCounts();
    await built.remember(digest);
    for (const opened of connections.values()) await (await opened)[Symbol.asyncDispose]();
    return { total, connecting: startedAt - before, turns: builder.turns + node.turns };
  }
}

function dial(name: string, { host, relay }: Reached): Promise<Server> {
  const { user, privateKey, hostKey } = host;
  const target = { name, host: relay.host, port: relay.port, user, auth: { privateKey }, hostKey };
  return connect({ ...target, hostKeyPolicy: 'strict' }, { report: silent });
}

async function projectOf(world: World, folder: string, build: object): Promise<Project> {
  const { host, username, password } = world.registry;
  const text = JSON.stringify({
    project: 'bench-builds',
    servers: {
      builder: { host: '192.0.2.1', role: 'build', platforms: ['linux/amd64'] },
      node: { host: '192.0.2.2', role: 'both', platforms: ['linux/arm64'] },
    },
    registries: { [host]: { username, password, insecure: true } },
    services: { web: { image: `${host}/bench/ours`, tags: ['latest'], build: { servers: ['builder'], ...build } } },
  });
  return (await loadProject({ text, file: join(folder, 'drayage.yml') })).project;
}

/** What a good engineer would type: the client here, the engine there, over one kept SSH connection. */
async function buildxOverSsh(world: World, folder: string): Promise<() => Promise<Cost>> {
  const config = join(world.scratch, 'buildx');
  const { host, username, password } = world.registry;
  mkdirSync(join(config, 'cli-plugins'), { recursive: true });
  const plugin = 'usr/libexec/docker/cli-plugins/docker-buildx';
  copyFileSync(join(world.builder.host.rootFolder, plugin), join(config, 'cli-plugins/docker-buildx'));
  copyFileSync(join(world.builder.host.rootFolder, 'usr/bin/docker'), join(config, 'docker'));
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  writeFileSync(join(config, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${writeSshConfig(world)} "$@"\n`);
  chmodSync(join(config, 'ssh'), 0o755);
  const env = {
    ...process.env,
    PATH: `${config}:${process.env.PATH}`,
    DOCKER_CONFIG: config,
    DOCKER_HOST: 'ssh://builder',
  };
  const argv = [
    'buildx',
    'build',
    '--quiet',
    '--provenance=false',
    '--push',
    '--tag',
    `${host}/bench/theirs:latest`,
    folder,
  ];
  const run = promisify(execFile);
  return async () => {
    // The kept connection stands before: what it costs is not counted on either side.
    const before = performance.now();
    await run(join(config, 'ssh'), ['builder', 'true']);
    world.takeCounts();
    const startedAt = performance.now();
    await run(join(config, 'docker'), argv, { env });
    const { builder } = world.takeCounts();
    return { total: performance.now() - startedAt, connecting: startedAt - before, turns: builder.turns };
  };
}

const silent: Report = {
  phases: [],
  phase: (_title, work) => Promise.resolve(work({ output: () => undefined, note: () => undefined })),
  note: () => undefined,
  warn: () => undefined,
  mask: () => undefined,
};

export function tellBuilds(results: readonly Build[]): string {
  return table(
    ['builds, round trip', 'connecting', 'then', 'turns'],
    results.map(({ what, who, roundTrip, connecting, total, turns }) => [
      `${what}, ${who}, ${roundTrip} ms`,
      seconds(connecting),
      seconds(total),
      String(turns),
    ]),
  );
}

export function judgeBuilds(results: readonly Build[]): Verdict[] {
  const find = (what: Build['what'], who: Build['who'], roundTrip: number) =>
    results.find((one) => one.what === what && one.who === who && one.roundTrip === roundTrip);
  const changed = find('one changed file', 'drayage', 50);
  const buildx = find('one changed file', 'docker buildx build --push over ssh://', 50);
  const skipped = find('nothing changed', 'drayage', 0);
  const both = find('two platforms', 'drayage', 0);
  const alone = find('two platforms', 'the slower platform alone', 0);
  return [
    {
      name: 'rebuild and push, one changed file (50 ms)',
      value: (changed?.total ?? Number.NaN) / 1000,
      limit: 1.5,
      unit: 's',
    },
    {
      name: 'the same, to buildx over ssh://',
      value: (changed?.total ?? Number.NaN) / (buildx?.total ?? Number.NaN),
      limit: 1,
      unit: '',
    },
    { name: 'nothing changed: turns', value: skipped?.turns ?? Number.NaN, limit: 3, unit: '' },
    { name: 'nothing changed (0 ms)', value: (skipped?.total ?? Number.NaN) / 1000, limit: 0.5, unit: 's' },
    ...(both === undefined || alone === undefined
      ? []
      : [
          {
            name: 'two platforms, beyond the slower one',
            value: (both.total - alone.total) / 1000,
            limit: 0.7,
            unit: 's',
          },
        ]),
  ];
}
