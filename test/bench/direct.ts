import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drayage } from './drayage-side.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import { type World, writeSshConfig } from './world.ts';

/** One changed layer that goes from the build server to a node without a registry: medians, in milliseconds. */
export interface Direct {
  readonly roundTrip: number;
  /** Until the last byte of the layer has left for the node. */
  readonly travel: number;
  /** The whole step: looking at both, the way, and until the node's engine has unpacked the layer. */
  readonly whole: number;
  /** `ssh builder cat layer | ssh node 'cat >/dev/null'`, over connections that stand. */
  readonly script: number;
  /** travel to script: median over the rounds. */
  readonly ratio: number;
  readonly ratioOfWhole: number;
  /** Bytes that went to the node. */
  readonly sent: number;
}

const layer = 100_000_000;
const dockerfile = `FROM busybox:1.37.0
RUN head -c 400000000 /dev/urandom >/unchanged
ARG VERSION
RUN echo $VERSION >/version && head -c ${layer} /dev/urandom >/changed
CMD ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"]
`;

export async function measureDirect(
  world: World,
  roundTrips: readonly number[],
  rounds: number,
  log: (line: string) => void,
): Promise<Direct[]> {
  const folder = join(world.scratch, 'direct');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  writeFileSync(join(folder, '.dockerignore'), 'drayage.yml\n');
  const cli = drayage(world, 'standalone');
  const config = writeSshConfig(world);
  await world.builder.host.exec(`head -c ${layer} /dev/urandom >/srv/layer`);
  const up = async (version: string): Promise<{ travel: number; whole: number; sent: number }> => {
    cli.configure(folder, (configuration) => {
      configuration.project = 'direct';
      const { web } = configuration.services;
      delete web.image;
      web.build = { servers: ['builder'], args: { VERSION: version } };
      web.deploy = { mode: 'standalone', servers: ['node'], update: { monitor: '1s' }, drain: '0s' };
      web.domains = [];
    });
    world.takeCounts();
    const { stdout } = await cli.run(folder, 'up', '--log-format', 'json');
    return { ...readTransfer(stdout), sent: world.takeCounts().node.sent };
  };
  const script = async (): Promise<number> => {
    // The connections stand, as they do on the other side.
    await shell(`ssh -F ${config} builder true && ssh -F ${config} node true`);
    return shell(`ssh -F ${config} builder cat /srv/layer | ssh -F ${config} node 'cat >/dev/null'`);
  };
  log('direct: first deployment, not counted');
  await up('first');

  const results: Direct[] = [];
  for (const roundTrip of roundTrips) {
    const measured: { travel: number; whole: number; sent: number; script: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      world.setRoundTrip(roundTrip);
      const before = round % 2 === 0 ? await script() : undefined;
      const ours = await up(`${roundTrip}-${round}`);
      const theirs = before ?? (await script());
      measured.push({ ...ours, script: theirs });
      log(
        `direct, ${roundTrip} ms, round ${round + 1}: on its way ${seconds(ours.travel)}, whole step ${seconds(ours.whole)}, ssh ${seconds(theirs)}`,
      );
    }
    world.setRoundTrip(0);
    const of = (pick: (one: (typeof measured)[number]) => number): number => median(measured.map(pick));
    results.push({
      roundTrip,
      travel: of(({ travel }) => travel),
      whole: of(({ whole }) => whole),
      script: of((one) => one.script),
      ratio: of((one) => one.travel / one.script),
      ratioOfWhole: of((one) => one.whole / one.script),
      sent: of(({ sent }) => sent),
    });
  }
  return results;
}

/** Finds in the events of a run how long the image took. */
function readTransfer(output: string): { travel: number; whole: number } {
  const events = output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Event] : []));
  const step = events.find(({ event, title }) => event === 'phase-finished' && title?.startsWith('Send web from'));
  const words = events
    .map(({ line = '' }) => /([\d.]+) MB sent in ([\d.]+) s/.exec(line))
    .find((match) => match !== null);
  if (step?.milliseconds === undefined || words == null) throw new Error(`No image was sent:\n${output}`);
  return { travel: Number(words[2]) * 1000, whole: step.milliseconds };
}

interface Event {
  readonly event: string;
  readonly title?: string;
  readonly line?: string;
  readonly milliseconds?: number;
}

/** Runs a pipeline; resolves with the milliseconds it took. */
async function shell(text: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; ${text}`], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${text} ended with ${code}`);
  return performance.now() - startedAt;
}

export function tellDirect(results: readonly Direct[]): string {
  return table(
    ['a layer of 100 MB without a registry', 'on its way', 'ssh | ssh', 'ratio', 'whole step', 'ratio', 'sent'],
    results.map((one) => [
      `${one.roundTrip} ms`,
      seconds(one.travel),
      seconds(one.script),
      one.ratio.toFixed(2),
      seconds(one.whole),
      one.ratioOfWhole.toFixed(2),
      `${(one.sent / 1e6).toFixed(1)} MB`,
    ]),
  );
}

export function judgeDirect(results: readonly Direct[]): Verdict[] {
  return results.flatMap(({ roundTrip, ratio, sent }) => [
    {
      name: `a layer without a registry, on its way, against ssh (${roundTrip} ms)`,
      value: ratio,
      limit: 1.3,
      unit: '×',
    },
    { name: `sent for a layer of 100 MB (${roundTrip} ms)`, value: sent / 1e6, limit: 101.5, unit: 'MB' },
  ]);
}
