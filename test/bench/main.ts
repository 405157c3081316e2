// `npm run bench`: what Drayage costs, beside a shell script that does the same. Options: --rounds N (default 5),
// --rtt 0,20,50,100 (milliseconds), --only start,load,idle,leg,compare,builds,sync,direct, --mode standalone,swarm, --json FILE,
// --node PATH (or `environment`: the first on PATH; default: this one, which must be what the root action declares).
// Exit status 1 when a figure that the project promises was missed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeBuilds, measureBuilds, tellBuilds } from './builds.ts';
import { checkout } from './change.ts';
import { type Comparison, compare, judgeComparisons, tellComparisons } from './compare.ts';
import { judgeDeployLegs, measureDeployLeg, tellDeployLegs } from './deploy-leg.ts';
import { judgeDirect, measureDirect, tellDirect } from './direct.ts';
import { drayage } from './drayage-side.ts';
import { tellVerdicts, type Verdict } from './figures.ts';
import { judgeIdle, measureIdle, tellIdle } from './idle.ts';
import { judgeLoad, measureLoad, tellLoad } from './load.ts';
import { measuredNode } from './node.ts';
import { judgeStartUp, measureStartUp, tellStartUp } from './start-up.ts';
import { judgeSync, measureSync, tellSync } from './sync.ts';
import { type Mode, startWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rtt: { type: 'string', default: '0,20,50,100' },
    only: { type: 'string', default: 'start,load,idle,leg,compare,builds,sync,direct' },
    mode: { type: 'string', default: 'standalone,swarm' },
    node: { type: 'string' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const roundTrips = values.rtt.split(',').map(Number);
const only = new Set(values.only.split(','));
const modes = values.mode.split(',').filter((mode): mode is Mode => mode === 'standalone' || mode === 'swarm');

const world = await startWorld(measuredNode(values.node));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const log = (line: string): void => console.error(line);
const verdicts: Verdict[] = [];
const results: Record<string, unknown> = {};
const report: string[] = [];

/** Runs one part, keeps its result, its text and its verdicts. */
async function part<T>(
  name: string,
  measure: () => Promise<T> | T,
  tell: (result: T) => string,
  judge: (result: T) => Verdict[],
): Promise<void> {
  if (!only.has(name)) return;
  const result = await measure();
  results[name] = result;
  report.push(tell(result));
  verdicts.push(...judge(result));
}

try {
  const { folder } = checkout(join(world.scratch, 'start'));
  drayage(world, 'standalone').configure(folder);
  await part(
    'start',
    () => measureStartUp(world.measured.path, folder, Math.max(rounds, 15)),
    tellStartUp,
    judgeStartUp,
  );
  await part('load', () => measureLoad(world, Math.max(rounds, 15)), tellLoad, judgeLoad);
  await part('idle', () => measureIdle(world, roundTrips, rounds, log), tellIdle, judgeIdle);
  await part('leg', () => measureDeployLeg(world, roundTrips, rounds, log), tellDeployLegs, judgeDeployLegs);
  const comparisons = async (): Promise<Comparison[]> => {
    const all: Comparison[] = [];
    for (const mode of modes) all.push(...(await compare(world, mode, roundTrips, rounds, log)));
    return all;
  };
  await part('compare', comparisons, tellComparisons, judgeComparisons);
  await part('builds', () => measureBuilds(world, rounds, log), tellBuilds, judgeBuilds);
  await part('sync', () => measureSync(world, Math.min(rounds, 3), log), tellSync, judgeSync);
  const ways = roundTrips.filter((one) => one === 0 || one === 50);
  await part('direct', () => measureDirect(world, ways, Math.min(rounds, 3), log), tellDirect, judgeDirect);
} finally {
  await world.stop();
}

const json = JSON.stringify(
  { at: new Date().toISOString(), node: world.measured.version, rounds, results, verdicts },
  null,
  2,
);
if (values.json) writeFileSync(values.json, `${json}\n`);
else console.log(json);
console.log(['', `drayage on Node.js ${world.measured.version}`, ...report, tellVerdicts(verdicts)].join('\n\n'));
process.exit(verdicts.every(({ value, limit }) => value <= limit) ? 0 : 1);
