import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from './change.ts';
import { drayage } from './drayage-side.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import { firstAnswer } from './prober.ts';
import { prepareScript, scriptSite, settings } from './script-side.ts';
import type { World } from './world.ts';

/** Medians for an image that is in the registry already, one standalone node, behind the proxy. Milliseconds. */
export interface DeployLeg {
  readonly who: 'drayage' | 'drayage, default settings' | 'script';
  readonly roundTrip: number;
  /** From the start of the command to the first answer of the new version through the proxy. */
  readonly firstAnswer: number;
  readonly total: number;
  readonly connections: number;
  readonly turns: number;
}

/** The site answers this text once the new version serves. */
type Step = (name: string) => Promise<{ readonly total: number; readonly answered: number }>;

export async function measureDeployLeg(
  world: World,
  roundTrips: readonly number[],
  rounds: number,
  log: (line: string) => void,
): Promise<DeployLeg[]> {
  const { node } = world;
  const source = checkout(join(world.scratch, 'leg'));
  const script = await prepareScript(world, 'standalone');
  const cli = drayage(world, 'standalone');

  const push = (name: string): Promise<void> => {
    source.change(name);
    return script.publish(source.folder, name);
  };
  const ours =
    (plain: boolean): Step =>
    async (name) => {
      cli.configure(source.folder, (configuration) => {
        const { web } = configuration.services;
        configuration.project = plain ? 'leg-default' : 'leg';
        web.source = { image: `${script.image}:${name}` };
        delete web.build;
        delete web.image;
        if (plain)
          web.deploy = {
            mode: 'standalone',
            servers: ['node'],
            health: { http: settings.health, port: settings.port },
          };
        web.domains = [{ host: siteOf(plain), port: settings.port, https: false, certificate: 'none' }];
      });
      const answered = firstAnswer(node.host.address, siteOf(plain), `version ${name}`, 60_000);
      const { startedAt, duration } = await cli.run(source.folder, 'up');
      return { total: duration, answered: (await answered) - startedAt };
    };
  const theirs: Step = async (name) => {
    const startedAt = Date.now();
    const answered = firstAnswer(node.host.address, scriptSite, `version ${name}`, 60_000, 8000);
    const total = await script.run('deploy', source.folder, name);
    return { total, answered: (await answered) - startedAt };
  };
  const contenders: readonly [DeployLeg['who'], Step][] = [
    ['drayage', ours(false)],
    ['drayage, default settings', ours(true)],
    ['script', theirs],
  ];

  const results: DeployLeg[] = [];
  for (const [index, [who, step]] of contenders.entries()) {
    await push(`leg${index}-first`);
    await step(`leg${index}-first`);
    for (const roundTrip of roundTrips) {
      const measured: (Awaited<ReturnType<Step>> & { connections: number; turns: number })[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const name = `leg${index}-${roundTrip}-${round}`;
        await push(name);
        await drained(world);
        world.setRoundTrip(roundTrip);
        world.takeCounts();
        const times = await step(name);
        const { connections, turns } = world.takeCounts().node;
        measured.push({ ...times, connections, turns });
        world.setRoundTrip(0);
        log(
          `deploy leg, ${who}, ${roundTrip} ms, round ${round + 1}: first answer ${seconds(times.answered)}, ${turns} turns`,
        );
      }
      const of = (pick: (one: (typeof measured)[number]) => number): number => median(measured.map(pick));
      results.push({
        who,
        roundTrip,
        firstAnswer: of(({ answered }) => answered),
        total: of(({ total }) => total),
        connections: of(({ connections }) => connections),
        turns: of(({ turns }) => turns),
      });
    }
  }
  return results;
}

/** Waits until no replaced version is left on the node, so that no deployment pays for the drain time of the one before. */
async function drained({ node }: World): Promise<void> {
  const count = async (): Promise<number> => {
    const { stdout } = await node.host.exec(
      "docker ps --format '{{.Names}}' | sed 's/-[^-]*-[^-]*$//' | sort | uniq -d",
    );
    return stdout.split('\n').filter(Boolean).length;
  };
  for (const deadline = Date.now() + 60_000; (await count()) > 0; await sleep(200)) {
    if (Date.now() > deadline) throw new Error('A replaced version still runs after 60 s.');
  }
}

const siteOf = (plain: boolean): string => (plain ? 'default.example.com' : 'leg.example.com');

export function tellDeployLegs(results: readonly DeployLeg[]): string {
  return table(
    ['deploy leg, round trip', 'first answer', 'command', 'connections', 'turns'],
    results.map((one) => [
      `${one.who}, ${one.roundTrip} ms`,
      seconds(one.firstAnswer),
      seconds(one.total),
      String(one.connections),
      String(one.turns),
    ]),
  );
}

export function judgeDeployLegs(results: readonly DeployLeg[]): Verdict[] {
  return results
    .filter(({ who }) => who === 'drayage')
    .flatMap(({ roundTrip, firstAnswer: answer, connections, turns }) => [
      { name: `connections to the node (${roundTrip} ms)`, value: connections, limit: 1, unit: '' },
      { name: `turns to the node (${roundTrip} ms)`, value: turns, limit: 26, unit: '' },
      ...(roundTrip === 50
        ? [{ name: 'first answer through the proxy (50 ms)', value: answer / 1000, limit: 2, unit: 's' }]
        : []),
    ]);
}
