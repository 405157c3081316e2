import { join } from 'node:path';
import { checkout } from './change.ts';
import { drayage } from './drayage-side.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import type { World } from './world.ts';

/** A step that finds everything as it should be: medians, in milliseconds. */
export interface Idle {
  readonly step: string;
  readonly roundTrip: number;
  readonly total: number;
  readonly connections: number;
  readonly turns: number;
}

/** Each with what it prints when it had nothing to do. */
const steps: readonly (readonly [step: string, sign: RegExp])[] = [
  ['setup-build-server', /^(?![\s\S]*(?:Install|Configure|Start) Docker)/],
  ['setup-deploy-node', /^(?![\s\S]*(?:Install|Configure|Start) Docker)/],
  ['deploy-service', /status\S*\s+unchanged/],
  ['configure-domain', /url\S*\s+http/],
];

/** Deploys once, and then runs single steps that change nothing, as the jobs of a pipeline do. */
export async function measureIdle(
  world: World,
  roundTrips: readonly number[],
  rounds: number,
  log: (line: string) => void,
): Promise<Idle[]> {
  const { folder } = checkout(join(world.scratch, 'idle'));
  const cli = drayage(world, 'standalone');
  cli.configure(folder, (configuration) => {
    configuration.project = 'idle';
    const [domain] = configuration.services.web.domains;
    configuration.services.web.domains = [{ ...(domain as object), host: 'idle.example.com' }];
  });
  await cli.run(folder, 'up');
  const results: Idle[] = [];
  for (const roundTrip of roundTrips) {
    for (const [step, sign] of steps) {
      const measured: Omit<Idle, 'step' | 'roundTrip'>[] = [];
      for (let round = 0; round < rounds; round += 1) {
        world.setRoundTrip(roundTrip);
        world.takeCounts();
        const { duration, output } = await cli.run(folder, step);
        if (!sign.test(output)) throw new Error(`${step} did something, or said so otherwise:\n${output}`);
        const { builder, node } = world.takeCounts();
        const of = (key: 'connections' | 'turns'): number => builder[key] + node[key];
        measured.push({ total: duration, connections: of('connections'), turns: of('turns') });
        log(`${step} with nothing to do, ${roundTrip} ms, round ${round + 1}: ${seconds(duration)}`);
      }
      world.setRoundTrip(0);
      const of = (key: keyof (typeof measured)[number]): number => median(measured.map((one) => one[key]));
      results.push({ step, roundTrip, total: of('total'), connections: of('connections'), turns: of('turns') });
    }
  }
  return results;
}

export function tellIdle(results: readonly Idle[]): string {
  return table(
    ['nothing to do, round trip', 'command', 'connections', 'turns'],
    results.map(({ step, roundTrip, total, connections, turns }) => [
      `${step}, ${roundTrip} ms`,
      seconds(total),
      String(connections),
      String(turns),
    ]),
  );
}

export function judgeIdle(results: readonly Idle[]): Verdict[] {
  return results
    .filter(({ roundTrip }) => roundTrip === 50)
    .map(({ step, total }) => ({
      name: `${step} with nothing to do (50 ms)`,
      value: total / 1000,
      limit: 1.2,
      unit: 's',
    }));
}
