import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DrayageError } from '../../packages/core/src/errors/drayage-error.ts';
import { type DeployRequest, deployService } from '../../packages/core/src/service/deploy.ts';
import { deploymentHistory } from '../../packages/core/src/service/history.ts';
import type { DeployResult } from '../../packages/core/src/service/roll.ts';
import { redeployService, rollbackService } from '../../packages/core/src/service/rollback.ts';
import { serviceStatus } from '../../packages/core/src/service/status.ts';
import type { Host } from '../lab/host.ts';
import { answers, containers, type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let node: Host;

beforeAll(async () => {
  world = await startDeployWorld('deploy', ['node-1']);
  const [first] = world.hosts;
  if (first === undefined) throw new Error('The lab has no host.');
  node = first;
});
afterAll(() => world[Symbol.asyncDispose]());

/** Deploys with a run of its own. */
async function deploy(
  web: object,
  more: Partial<DeployRequest> & { environment?: string; secrets?: Record<string, string> } = {},
) {
  await using run = world.newRun();
  const project = await world.project(web, more);
  const result = await deployService(run.context, { image: 'node:24', ...more, project, service: 'web' });
  return { ...result, lines: run.lines };
}

async function refusal(work: Promise<unknown>): Promise<DrayageError> {
  const error = await work.then(
    () => new Error('It succeeded.'),
    (caught: unknown) => caught,
  );
  if (error instanceof DrayageError) return error;
  throw error;
}

/** The service in one environment, when the old version has gone. */
const settled = (environment: string) =>
  until(
    async () => (await containers(node)).filter((line) => line.startsWith(`shop-${environment}-web`)),
    (list) => list.length === 1,
  );

describe('a service on one node without Swarm', () => {
  let first: DeployResult;

  test('is started, proven healthy and recorded', async () => {
    first = await deploy(webService('1'), { commit: 'a'.repeat(40), title: 'First', description: `Why: "it's" $time` });
    expect(first).toMatchObject({ status: 'done', previousImage: undefined });
    expect(first.pinnedImage).toMatch(/^node@sha256:[0-9a-f]{64}$/);
    expect(await answers(node)).toEqual(['1']);
    expect(await containers(node)).toEqual(['shop-production-web-blue-1 running']);
    await using run = world.newRun();
    const [entry] = await deploymentHistory(run.context, {
      project: await world.project(webService('1')),
      service: 'web',
    });
    expect(entry).toMatchObject({
      servers: ['node-1'],
      isCurrent: true,
      record: {
        id: first.deploymentId,
        title: 'First',
        status: 'done',
        commit: 'a'.repeat(40),
        pinnedImage: first.pinnedImage,
        mode: 'standalone',
        slot: 'blue',
        logPath: `/var/lib/drayage/deployments/shop-production-web/${first.deploymentId}.log`,
      },
    });
    expect(Date.parse(entry?.record.finishedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(entry?.record.startedAt ?? ''),
    );
  });

  test('changes nothing when nothing differs', async () => {
    const before = await containers(node);
    const again = await deploy(webService('1'));
    expect(again).toMatchObject({ status: 'unchanged', deploymentId: first.deploymentId });
    expect(again.lines).toContain(`web: ${first.pinnedImage} runs as wanted; nothing to do.`);
    expect(await containers(node)).toEqual(before);
  });

  test('plans field by field without changing anything', async () => {
    const planned = await deploy(webService('2', { replicas: 2 }), { dryRun: true });
    expect(planned.status).toBe('planned');
    expect(planned.nodes[0]?.changes).toEqual([
      { field: 'replicas', before: '1', after: '2' },
      { field: 'env.VERSION', before: '"1"', after: '"2"' },
    ]);
    expect(await answers(node)).toEqual(['1']);
  });

  test('runs the new version beside the old one, which drains and then goes', async () => {
    const second = await deploy(webService('2'));
    expect(second.previousImage).toBe(first.pinnedImage);
    expect((await containers(node)).length).toBe(2);
    expect(await settled('production')).toEqual(['shop-production-web-green-1 running']);
    expect(await answers(node)).toEqual(['2']);
  });

  test('leaves alone what somebody runs by hand of the same image', async () => {
    await deploy(webService('1'), { environment: 'aside' });
    const labels = ['organization=', 'project=shop', 'environment=aside', 'service=web'];
    const given = labels.map((label) => `--label dev.drayage.${label}`).join(' ');
    await node.exec(`docker run --detach --name by-hand ${given} node:24 sleep 300`);
    await deploy(webService('2'), { environment: 'aside' });
    expect(await settled('aside')).toEqual(['shop-aside-web-green-1 running']);
    expect(await containers(node)).toContain('by-hand running');
    await node.exec('docker rm --force by-hand shop-aside-web-green-1');
  });

  test('keeps the old version when the new one answers 500', async () => {
    const error = await refusal(deploy(webService('3', { env: { BROKEN: '1' } })));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(error.message).toContain('GET /healthz on port 3000 answered 500: no database');
    expect(error.message).toContain('The version before it serves on.');
    expect(await containers(node)).toEqual(['shop-production-web-green-1 running']);
    expect(await answers(node)).toEqual(['2']);
    await using run = world.newRun();
    const [entry] = await deploymentHistory(run.context, {
      project: await world.project(webService('3')),
      service: 'web',
    });
    expect(entry?.record).toMatchObject({ status: 'error', errorCode: 'DEPLOY_UNHEALTHY' });
    expect(entry?.isCurrent).toBe(false);
  });

  test('says at once when the container exits, with its status and last lines', async () => {
    const begun = Date.now();
    const error = await refusal(deploy(webService('3', { env: { EXIT: '3' } })));
    expect(Date.now() - begun).toBeLessThan(4_000);
    expect(error.code).toBe('DEPLOY_EXITED');
    expect(error.message).toContain('exited with status 3 before it was healthy');
    expect(error.output).toContain('configuration is missing');
    expect(await containers(node)).toEqual(['shop-production-web-green-1 running']);
  });

  test('says what is wrong when nothing ever answers', async () => {
    const health = { tcp: 9999, interval: '200ms', retries: 5, 'start-period': '0s' };
    const error = await refusal(deploy(webService('3', { health })));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(error.message).toContain('port 9999 does not accept connections');
    expect(error.hint).toContain('0.0.0.0');
    expect(await answers(node)).toEqual(['2']);
  });

  test('says when a program cannot be started', async () => {
    const error = await refusal(deploy(webService('3', { command: ['/nowhere/server'] })));
    expect(error.code).toBe('DEPLOY_EXITED');
    expect(error.message).toContain('/nowhere/server');
    expect(await containers(node)).toEqual(['shop-production-web-green-1 running']);
  });

  test('refuses an image that does not exist before anything happens', async () => {
    const { host } = world.registry;
    const error = await refusal(deploy(webService('3'), { image: `${host}/shop/none:1` }));
    expect(error.code).toBe('IMAGE_NOT_FOUND');
    expect(error.message).toContain(`${host}/shop/none:1`);
    const digest = `${host}/shop/none@sha256:${'0'.repeat(64)}`;
    expect((await refusal(deploy(webService('3'), { image: digest }))).code).toBe('IMAGE_NOT_FOUND');
    expect(await answers(node)).toEqual(['2']);
  });

  test('goes back to the version before, and to one by its id', async () => {
    await using run = world.newRun();
    const project = await world.project(webService('unused'));
    const back = await rollbackService(run.context, { project, service: 'web' });
    expect(back.status).toBe('done');
    await settled('production');
    expect(await answers(node)).toEqual(['1']);
    const history = await deploymentHistory(run.context, { project, service: 'web' });
    expect(history[0]?.record.title).toBe(`Roll back to ${first.deploymentId}`);
    const { title, description } = history.find(({ record }) => record.id === first.deploymentId)?.record ?? {};
    expect([title, description]).toEqual(['First', `Why: "it's" $time`]);
    const missing = await refusal(rollbackService(run.context, { project, service: 'web', to: '2001' }));
    expect(missing).toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND', exitStatus: 64 });
  });

  test('survives deployments that follow each other faster than old versions drain', async () => {
    for (const version of ['a', 'b', 'c', 'd']) await deploy(webService(version, { drain: '2s' }));
    await settled('production');
    expect(await answers(node)).toEqual(['d']);
    await deploy(webService('1'));
    await settled('production');
  });

  test('replaces the containers of what serves on request', async () => {
    await using run = world.newRun();
    const project = await world.project(webService('1'));
    const before = await serviceStatus(run.context, { project, service: 'web' });
    const again = await redeployService(run.context, { project, service: 'web' });
    expect(again.status).toBe('done');
    await settled('production');
    const after = await serviceStatus(run.context, { project, service: 'web' });
    expect(after[0]?.containers[0]?.id).not.toBe(before[0]?.containers[0]?.id);
    expect(after[0]?.current?.id).toBe(again.deploymentId);
    expect(await answers(node)).toEqual(['1']);
  });
});

describe('a published port', () => {
  const ports = [{ published: 8080, target: 3000, mode: 'host', protocol: 'tcp' }];
  const ask = async () => (await fetch(`http://${node.address}:8080/`)).text();

  test('is refused with its holder when somebody else has it', async () => {
    const taken = [{ published: 22, target: 3000, mode: 'host', protocol: 'tcp' }];
    const error = await refusal(deploy(webService('1', { ports: taken }), { environment: 'ports' }));
    expect(error.code).toBe('PORT_TAKEN');
    expect(error.message).toMatch(/Port 22\/tcp of node-1 is taken by process sshd \(pid \d+\)/);
    expect((await containers(node)).some((line) => line.startsWith('shop-ports'))).toBe(false);
  });

  test('passes from the old container to the new one once that has proven healthy', async () => {
    await deploy(webService('1', { ports }), { environment: 'ports' });
    expect(await ask()).toBe('1');
    const { lines } = await deploy(webService('2', { ports }), { environment: 'ports' });
    expect(await ask()).toBe('2');
    expect(lines.join('\n')).toMatch(/gap without service: \d\.\d s/);
  });

  test('stays with the old container when the new one is never healthy', async () => {
    const error = await refusal(deploy(webService('3', { ports, env: { BROKEN: '1' } }), { environment: 'ports' }));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(await ask()).toBe('2');
  });

  test('comes back with the old container when the new one was proven, and ends once it has the port', async () => {
    const [, , program = ''] = webService('3').deploy.command;
    const counted = webService('3', {
      ports,
      mounts: [{ type: 'volume', source: 'starts', target: '/starts' }],
      command: ['sh', '-c', `echo >>/starts/all; [ $(wc -l </starts/all) -lt 2 ] || exit 5; exec node -e "$PROGRAM"`],
      env: { PROGRAM: program },
    });
    const error = await refusal(deploy(counted, { environment: 'ports' }));
    expect(error.code).toBe('DEPLOY_EXITED');
    expect(error.message).toContain('exited with status 5');
    expect(await ask()).toBe('2');
  });

  test('comes back with the old container when the new one fails after the old has stopped', async () => {
    const update = { order: 'stop-first' };
    const broken = webService('3', { ports, update, env: { BROKEN: '1' } });
    const error = await refusal(deploy(broken, { environment: 'ports' }));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(await ask()).toBe('2');
  });
});

describe('secrets', () => {
  const secrets = {
    HASH: 'a#b # c',
    QUOTES: `it's "quoted" \`here\``,
    DOLLAR: '$HOME ${PATH} $(id) $$',
    EDGES: '  blanks at both edges  ',
    PEM: '-----BEGIN KEY-----\nMIIB\\n+/=\n-----END KEY-----\n',
    JSON: '{"a":"\\"x\\"","b":[1,2],"c":"ü\\u0000"}',
    WINDOWS: 'one\r\ntwo\t|',
  };
  const references = Object.fromEntries(Object.keys(secrets).map((name) => [name, `\${{ secrets.${name} }}`]));
  const web = (version: string) => webService(version, { env: references, secrets: references });

  test('arrive byte for byte, in the environment and as files', async () => {
    const { lines } = await deploy(web('1'), { environment: 'secrets', secrets });
    const filter = 'dev.drayage.environment=secrets';
    const [environment] = await answers(node, '/env', filter);
    expect(JSON.parse(environment ?? '')).toMatchObject(secrets);
    for (const [name, value] of Object.entries(secrets)) {
      const { stdout } = await node.exec(
        `docker exec shop-secrets-web-blue-1 node -e 'process.stdout.write(fs.readFileSync("/run/secrets/${name}").toString("base64"))'`,
      );
      expect(Buffer.from(stdout, 'base64').toString()).toBe(value);
    }
    expect(lines.join('\n')).toContain('deploy.env` (HASH, QUOTES');
  });

  test('stand in no record and no log, and in files that only root may read', async () => {
    const { stdout } = await node.exec('cat /var/lib/drayage/deployments/shop-secrets-web/* /run/drayage/0/jobs/*/log');
    for (const value of Object.values(secrets)) expect(stdout).not.toContain(JSON.stringify(value).slice(1, -1));
    const modes = await node.exec(`stat -c '%a %U' /var/lib/drayage/secrets /var/lib/drayage/secrets/*`);
    const [folder, ...files] = modes.stdout.trim().split('\n');
    expect(folder).toBe('700 root');
    expect(new Set(files)).toEqual(new Set(['600 root']));
    expect((await node.exec('find /run/drayage/0/jobs -name work')).stdout).toBe('');
  });

  test('are not needed again for a rollback', async () => {
    await deploy(webService('2', { env: { PLAIN: '1' } }), { environment: 'secrets' });
    await settled('secrets');
    await using run = world.newRun();
    const project = await world.project(webService('unused'), { environment: 'secrets' });
    await rollbackService(run.context, { project, service: 'web' });
    await settled('secrets');
    const [environment] = await answers(node, '/env', 'dev.drayage.environment=secrets');
    expect(JSON.parse(environment ?? '')).toMatchObject(secrets);
  });

  test('of a failed deployment are removed', async () => {
    const list = async () => (await node.exec('ls /var/lib/drayage/secrets')).stdout;
    const before = await list();
    const broken = webService('9', { env: { BROKEN: '1', NEW: '${{ secrets.NEW }}' } });
    await refusal(deploy(broken, { environment: 'secrets', secrets: { NEW: 'brand new' } }));
    expect(await list()).toBe(before);
  });

  test('can be read by a program that does not run as root', async () => {
    const one = { API_KEY: '${{ secrets.API_KEY }}' };
    await deploy(webService('1', { user: '1000', secrets: one }), { environment: 'user', secrets: { API_KEY: 'k#1' } });
    expect(await answers(node, '/file/run/secrets/API_KEY', 'dev.drayage.environment=user')).toEqual(['k#1']);
  });
});

describe('two deployments at once', () => {
  test('do not mix: the second is told who holds the lock', async () => {
    const slow = deploy(webService('1', { env: { DELAY: '2500' } }), { environment: 'race' });
    await until(async () => (await containers(node)).some((line) => line.startsWith('shop-race')), Boolean);
    const error = await refusal(deploy(webService('2'), { environment: 'race', lockWait: 0 }));
    expect(error.code).toBe('LOCK_HELD');
    expect(error.message).toMatch(/is being changed by test \d+ since 20/);
    expect((await slow).status).toBe('done');
    expect(await answers(node, '/', 'dev.drayage.environment=race')).toEqual(['1']);
    expect((await deploy(webService('2'), { environment: 'race' })).status).toBe('done');
  });
});

describe('a deployment that is interrupted', () => {
  test('by its run is taken back within five seconds', async () => {
    await deploy(webService('1'), { environment: 'stop' });
    await using run = world.newRun();
    const project = await world.project(webService('2', { env: { BROKEN: '1' } }), { environment: 'stop' });
    const work = refusal(deployService(run.context, { image: 'node:24', project, service: 'web' }));
    await until(
      async () => (await containers(node)).filter((line) => line.startsWith('shop-stop')).length,
      (n) => n === 2,
    );
    const begun = Date.now();
    run.cancel();
    expect((await work).code).toBe('CANCELLED');
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(await settled('stop')).toEqual(['shop-stop-web-blue-1 running']);
    await using later = world.newRun();
    const [entry] = await deploymentHistory(later.context, { project, service: 'web' });
    expect(entry?.record.status).toBe('cancelled');
    expect((await deploy(webService('3'), { environment: 'stop' })).status).toBe('done');
  });

  test('by the loss of its client finishes alone, and by the loss of the node shows as failed', async () => {
    const project = await world.project(webService('2', { env: { DELAY: '1500' } }), { environment: 'lost' });
    {
      await using run = world.newRun();
      void deployService(run.context, { image: 'node:24', project, service: 'web' }).catch(() => undefined);
      await until(async () => (await containers(node)).some((line) => line.startsWith('shop-lost')), Boolean);
    }
    await using later = world.newRun();
    const [entry] = await until(
      () => deploymentHistory(later.context, { project, service: 'web' }),
      ([newest]) => newest?.record.status === 'done',
    );
    expect(entry?.isCurrent).toBe(true);

    const never = await world.project(webService('3', { env: { BROKEN: '1' } }), { environment: 'lost' });
    await using doomed = world.newRun();
    void deployService(doomed.context, { image: 'node:24', project: never, service: 'web' }).catch(() => undefined);
    await until(
      async () => (await containers(node)).filter((line) => line.startsWith('shop-lost')).length,
      (n) => n === 2,
    );
    await node.restart();
    await using afterwards = world.newRun();
    const [newest] = await deploymentHistory(afterwards.context, { project: never, service: 'web' });
    expect(newest?.record).toMatchObject({ status: 'error', errorCode: 'JOB_LOST' });
    await until(
      () => answers(node, '/', 'dev.drayage.environment=lost'),
      (list) => list.includes('2'),
    );
    expect((await deploy(webService('4'), { environment: 'lost' })).status).toBe('done');
    expect(await settled('lost')).toHaveLength(1);
  });
});

describe('what is kept', () => {
  test('is the last deployments and their images, and nothing else', async () => {
    const keep = { keep: 2 };
    for (const version of ['1', '2', '3', '4']) {
      await deploy(webService(version, { ...keep, drain: '0s' }), { environment: 'keep' });
      await settled('keep');
    }
    const list = `cd /var/lib/drayage/deployments/shop-keep-web && ls *.json *.log`;
    const files = await until(
      async () => (await node.exec(list)).stdout.trim().split('\n'),
      (all) => all.length === 4,
    );
    const tags = await node.exec(`docker image ls --format '{{.Tag}}' drayage.local/shop-keep-web`);
    const ids = [...new Set(files.map((file) => file.replace(/\.(json|log)$/, '')))].sort();
    expect(tags.stdout.trim().split('\n').sort()).toEqual(ids);
    expect((await answers(node, '/', 'dev.drayage.environment=keep'))[0]).toBe('4');
  });
});

describe('a service that takes its time to start', () => {
  test('is probed seldom while nothing listens, and the moment something does', async () => {
    // Every probe of this node is one bash; the shim leaves a line for each.
    await node.exec(`printf '#!/bin/sh\\necho probe >>/tmp/probes\\nexec /bin/bash "$@"\\n' >/usr/local/bin/bash
chmod 755 /usr/local/bin/bash; rm -f /tmp/probes`);
    const health = { http: '/healthz', port: 3000, interval: '10s', timeout: '1s', retries: 6, 'start-period': '1s' };
    const { lines } = await deploy(webService('late', { health, env: { DELAY: '4000' } }), { environment: 'late' });
    const probes = (await node.exec('cat /tmp/probes; rm -f /usr/local/bin/bash')).stdout.trim().split('\n').length;
    const at = (pattern: RegExp) => Number(lines.map((line) => pattern.exec(line)?.[1]).find(Boolean));
    const took = at(/is healthy \(([0-9.]+) s\)/) - at(/ started \(([0-9.]+) s\)/);
    expect(took).toBeGreaterThan(4);
    expect(took).toBeLessThan(5);
    expect(probes).toBeGreaterThan(1);
    expect(probes).toBeLessThan(12);
  });
});
