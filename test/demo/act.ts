import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startLoad } from '../load/load.ts';
import { describeLoad, type LoadResult } from '../load/tally.ts';
import { domain, runningContainers, type Stage } from './stage.ts';
import { visit } from './visit.ts';

/** The story of one deployment mode, from bare servers to history. Broken promises are on the stage's screen. */
export async function play(stage: Stage): Promise<void> {
  const { screen } = stage;
  const ask = () => visit(domain, stage.entrance.address, stage.acme.rootCertificate);
  const answersVersion = async (commit: string): Promise<void> => {
    const version = commit.slice(0, 7);
    const { status, body } = await ask();
    screen.promise(
      `https://${domain} answers with version ${version}`,
      status === 200 && body.includes(version),
      `${status} ${body.trim()}`,
    );
  };

  const first = await stage.repository.publish('Open the shop');
  await screen.scene('bare servers, setup, build, push, deploy, domain', async () => {
    for (const host of [stage.builder, ...stage.nodes]) {
      const docker = await host.exec('command -v docker || echo "no Docker"');
      screen.say(`${host.name} at ${host.address}: ${docker.stdout.trim()}`);
    }
    screen.say('drayage.yml:');
    screen.show(stage.config);
    const { code } = await stage.drayage('up');
    screen.promise('the pipeline succeeds on servers that had nothing but SSH', code === 0);
    await answersVersion(first);
    const { issuer, validTo } = await ask();
    screen.promise(
      'the certificate was issued by the ACME authority',
      issuer.startsWith('Pebble Intermediate'),
      `${issuer}, until ${validTo}`,
    );
  });

  await screen.scene('the same again', async () => {
    const before = await runningContainers(stage);
    const { code } = await stage.drayage('up');
    screen.promise('a rerun succeeds', code === 0);
    screen.promise('a rerun with nothing to do changes nothing', same(before, await runningContainers(stage)));
  });

  stage.repository.edit('server.js', 'send(`version', 'send(`Welcome back to version');
  const second = await stage.repository.publish('Greet people who return');
  await screen.scene('a second version, under load', async () => {
    const old = await runningContainers(stage);
    await using load = openLoad(stage);
    await sleep(5_000);
    const { code } = await stage.drayage('up');
    screen.promise('the second version is deployed', code === 0);
    const gone = await waitUntilGone(stage, old, 60_000);
    screen.promise('the old containers are gone', gone);
    await sleep(10_000);
    const result = await load.stop();
    tellLoad(stage, result);
    const inOrder = Object.entries(result.versions).sort(([, one], [, other]) => one.first - other.first);
    const versions = inOrder.map(([version]) => version.slice(0, 7));
    screen.promise(
      'visitors saw the old version, then the new one',
      same(versions, [first.slice(0, 7), second.slice(0, 7)]),
      versions.join(', '),
    );
    await answersVersion(second);
  });

  stage.repository.edit('server.js', /^/, "throw new Error('DATABASE_URL is not set');\n");
  await stage.repository.publish('Read orders from the database');
  await screen.scene('a broken version', async () => {
    const before = await runningContainers(stage);
    await using load = openLoad(stage);
    const { code, output } = await stage.drayage('up');
    const result = await load.stop();
    screen.promise('a broken version fails the job', code === 1, `exit status ${code}`);
    screen.promise("the log shows the application's own words", output.includes('DATABASE_URL is not set'));
    const after = await runningContainers(stage);
    const untouched = same(before, after);
    const detail = untouched ? undefined : `before: ${before.join(', ')}; after: ${after.join(', ')}`;
    screen.promise('the old containers were not touched', untouched, detail);
    tellLoad(stage, result);
    await answersVersion(second);
  });

  await screen.scene('rollback', async () => {
    const { code } = await stage.drayage('rollback');
    screen.promise('the rollback succeeds', code === 0);
    await answersVersion(first);
  });

  await screen.scene('history', async () => {
    const { code, stdout } = await stage.drayage('history');
    screen.promise('the history is printed', code === 0);
    screen.promise(
      'the history names the commits',
      stdout.includes(first.slice(0, 7)) && stdout.includes(second.slice(0, 7)),
    );
    screen.promise('the history shows the failure', stdout.includes('error'));
  });
}

/** 200 requests a second, half on new connections, and six answers of 3 s in flight at any time. */
function openLoad(stage: Stage): Load {
  return startLoad({
    url: `https://${domain}/`,
    addresses: [stage.entrance.address],
    ca: stage.acme.rootCertificate,
    rate: 210,
    slow: { path: '/slow', rate: 2 },
    timeout: 15_000,
  });
}

function tellLoad({ screen }: Stage, result: LoadResult): void {
  const [verdict = '', ...rest] = describeLoad(result);
  screen.promise(`under load: ${verdict}`, result.failed === 0 && result.sent > 0 && result.inFlight === 0);
  for (const line of rest) screen.say(`  ${line}`);
}

async function waitUntilGone(stage: Stage, ids: readonly string[], patience: number): Promise<boolean> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(500)) {
    const running = await runningContainers(stage);
    if (!ids.some((id) => running.includes(id))) return true;
  }
  return false;
}

const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();
