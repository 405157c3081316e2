import { join } from 'node:path';
import { checkout } from './change.ts';
import { drayage } from './drayage-side.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import { createService, prepareScript, settings } from './script-side.ts';
import type { Counts, Mode, World } from './world.ts';

/** Medians of one round-trip time, in milliseconds. */
export interface Comparison {
  readonly mode: Mode;
  readonly roundTrip: number;
  readonly drayage: number;
  readonly script: number;
  /** Drayage to script: median over the rounds, each of which runs both one after the other. What else the machine does, and how fast it is, changes more slowly than that. */
  readonly ratio: number;
  /** The two medians to each other. */
  readonly ratioOfMedians: number;
  /** The same commands run bare on the servers. */
  readonly bare: number;
  /** drayage − bare. */
  readonly own: number;
  readonly peakMemory: number;
  /** Milliseconds from the start of `up` to the first byte to either server. */
  readonly firstByte: number;
  readonly connections: { readonly drayage: number; readonly script: number };
  readonly turns: { readonly drayage: number; readonly script: number };
}

/** What `up` may add to the servers' own work, by round-trip time in milliseconds: seconds. */
const ownShare: Readonly<Record<number, number>> = { 0: 0.5, 50: 1.3, 100: 2.0 };

/** The same change, deployed by `drayage up` and by the script in turn, each in its own folder and repository. */
export async function compare(
  world: World,
  mode: Mode,
  roundTrips: readonly number[],
  rounds: number,
  log: (line: string) => void,
): Promise<Comparison[]> {
  const ours = checkout(join(world.scratch, `drayage-${mode}`));
  const theirs = checkout(join(world.scratch, `script-${mode}`));
  const bareFolder = checkout(join(world.scratch, `bare-${mode}`));
  const script = await prepareScript(world, mode);
  const cli = drayage(world, mode);
  cli.configure(ours.folder);

  log(`${mode}: first deployment of both, not counted`);
  ours.change('first');
  await cli.run(ours.folder, 'up');
  theirs.change('first');
  await script.publish(theirs.folder, 'first');
  if (mode === 'swarm') await createService(world, script, 'first');
  else await script.run('all', theirs.folder, 'first');

  const results: Comparison[] = [];
  for (const roundTrip of roundTrips) {
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const name = `rtt${roundTrip}-${round}`;
      world.setRoundTrip(roundTrip);
      const up = async (): Promise<Ours> => {
        ours.change(`ours-${name}`);
        world.takeCounts();
        const result = await cli.run(ours.folder, 'up');
        const counts = world.takeCounts();
        const firstByteAt = Math.min(counts.builder.firstByteAt, counts.node.firstByteAt);
        return {
          time: result.duration,
          counts,
          peakMemory: result.peakMemory,
          firstByte: firstByteAt - result.startedAt,
        };
      };
      const shell = async (): Promise<Theirs> => {
        theirs.change(`theirs-${name}`);
        world.takeCounts();
        const time = await script.run('all', theirs.folder, name);
        return { time, counts: world.takeCounts() };
      };
      // Whoever goes second finds warmer caches, so they take turns.
      const [one, other] = round % 2 === 0 ? [await up(), await shell()] : swap(await shell(), await up());
      bareFolder.change(`bare-${name}`);
      await script.place(bareFolder.folder);
      const bare = await script.bare(`bare-${name}`);
      measured.push({ ours: one, theirs: other, bare });
      log(
        `${mode}, ${roundTrip} ms, round ${round + 1}: drayage ${seconds(one.time)}, script ${seconds(other.time)}, bare ${seconds(bare)}`,
      );
    }
    results.push(summarise(mode, roundTrip, measured));
  }
  world.setRoundTrip(0);
  return results;
}

interface Theirs {
  readonly time: number;
  readonly counts: Counts;
}

interface Ours extends Theirs {
  readonly peakMemory: number;
  readonly firstByte: number;
}

interface Round {
  readonly ours: Ours;
  readonly theirs: Theirs;
  readonly bare: number;
}

const swap = <A, B>(one: A, other: B): [B, A] => [other, one];

function summarise(mode: Mode, roundTrip: number, rounds: readonly Round[]): Comparison {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const both = (key: 'connections' | 'turns') => ({
    drayage: of(({ ours }) => ours.counts.builder[key] + ours.counts.node[key]),
    script: of(({ theirs }) => theirs.counts.builder[key] + theirs.counts.node[key]),
  });
  const [ours, theirs] = [of((round) => round.ours.time), of((round) => round.theirs.time)];
  return {
    mode,
    roundTrip,
    drayage: ours,
    script: theirs,
    ratio: of((round) => round.ours.time / round.theirs.time),
    ratioOfMedians: ours / theirs,
    bare: of(({ bare }) => bare),
    own: of((round) => round.ours.time - round.bare),
    peakMemory: Math.max(...rounds.map((round) => round.ours.peakMemory)),
    firstByte: of((round) => round.ours.firstByte),
    connections: both('connections'),
    turns: both('turns'),
  };
}

export function tellComparisons(results: readonly Comparison[]): string {
  const { order, monitor, drain, health } = settings;
  return [
    `Both with order ${order}, health ${health}, drain ${drain} s; in Swarm mode both are on an overlay network and wait the engine's monitor time of ${monitor} s.`,
    table(
      ['mode, round trip', 'drayage', 'script', 'ratio', 'of medians', 'bare', 'own share', 'connections', 'turns'],
      results.map((one) => [
        `${one.mode}, ${one.roundTrip} ms`,
        seconds(one.drayage),
        seconds(one.script),
        one.ratio.toFixed(2),
        one.ratioOfMedians.toFixed(2),
        seconds(one.bare),
        seconds(one.own),
        `${one.connections.drayage} / ${one.connections.script}`,
        `${one.turns.drayage} / ${one.turns.script}`,
      ]),
    ),
  ].join('\n');
}

export function judgeComparisons(results: readonly Comparison[]): Verdict[] {
  return results.flatMap(({ mode, roundTrip, own, ratio, peakMemory, firstByte }) => {
    const at = `${mode}, ${roundTrip} ms`;
    const limit = ownShare[roundTrip];
    return [
      { name: `up against the script (${at})`, value: ratio, limit: 1, unit: '×' },
      ...(limit === undefined ? [] : [{ name: `own share of up (${at})`, value: own / 1000, limit, unit: 's' }]),
      { name: `first SSH byte of up (${at})`, value: firstByte, limit: 250, unit: 'ms' },
      { name: `peak memory of up (${at})`, value: peakMemory / 1e6, limit: 150, unit: 'MB' },
    ];
  });
}
