import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DrayageError } from '../../packages/core/src/errors/drayage-error.ts';
import { type DeployRequest, deployService } from '../../packages/core/src/service/deploy.ts';
import { deploymentHistory } from '../../packages/core/src/service/history.ts';
import { rollbackService } from '../../packages/core/src/service/rollback.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let manager: Host;
let worker: Host;

// The lab's kernel has no IP_VS, so services are found by their tasks' addresses.
const onSwarm = { mode: 'swarm', servers: ['node-1', 'node-2'], replicas: 2, 'endpoint-mode': 'dnsrr' };
const web = (version: string, deploy: { env?: object; [key: string]: unknown } = {}) =>
  webService(version, { ...onSwarm, ...deploy });
/** An image without a shell: what it answers is in the image itself. */
const bare = (image: 'ok' | 'broken', env: object = {}) => {
  const service = web('0', { env });
  const { command: _command, ...deploy } = service.deploy;
  return { ...service, source: { image: `lab/noshell:${image}` }, deploy };
};

beforeAll(async () => {
  world = await startDeployWorld('deploy-swarm', ['node-1', 'node-2']);
  const [first, second] = world.hosts;
  if (first === undefined || second === undefined) throw new Error('The lab has not two hosts.');
  [manager, worker] = [first, second];
  await using run = world.newRun();
  await setupServers(run.context, {
    project: await world.project(web('1')),
    role: 'deploy',
    mode: 'auto',
    swarm: true,
  });
});
afterAll(() => world[Symbol.asyncDispose]());

async function deploy(
  service: object,
  more: Partial<DeployRequest> & { environment?: string; secrets?: Record<string, string> } = {},
) {
  await using run = world.newRun();
  const project = await world.project(service, more);
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

const services = async () =>
  (await manager.exec(`docker service ls --format '{{.Name}} {{.Replicas}}'`)).stdout.trim().split('\n').sort();

/** What every task says, wherever it runs. By the log: what a short-lived container prints can be lost by `docker run`. */
async function said(path = '/'): Promise<string[]> {
  const script = `for one in $(docker ps --quiet --filter label=dev.drayage.service=web); do
  asking=$(docker run --detach --network container:$one --entrypoint curl curlimages/curl:8.11.1 -s http://127.0.0.1:3000${path})
  docker wait $asking >/dev/null; docker logs $asking; docker rm $asking >/dev/null; echo; done`;
  const outputs = await Promise.all([manager, worker].map((host) => host.exec(['bash', '-c', script])));
  return outputs.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
}

/** Those of one deployment, wherever they run: Swarm may start both on one node, and old ones take their time to stop. */
async function containersOf(deploymentId: string): Promise<{ host: Host; id: string }[]> {
  const list = `docker ps --quiet --filter label=dev.drayage.deployment=${deploymentId}`;
  const lists = await Promise.all(
    [manager, worker].map(async (host) => {
      const { stdout } = await host.exec(list);
      return stdout.split('\n').flatMap((id) => (id === '' ? [] : [{ host, id }]));
    }),
  );
  return lists.flat();
}

describe('a service on a Swarm of two nodes', () => {
  test('is started on both, with its health check inside the containers', async () => {
    const result = await deploy(web('1'));
    expect(result).toMatchObject({ status: 'done' });
    expect(result.nodes).toMatchObject([{ mode: 'swarm', strategy: 'rolling', target: 'shop-production-web' }]);
    expect(result.lines.join('\n')).toContain('The health check runs inside the container (HEALTHCHECK)');
    expect(await services()).toEqual(['shop-production-web 2/2']);
    expect(await said()).toEqual(['1', '1']);
    const images = await manager.exec(`docker service ps --no-trunc --format '{{.Image}}' shop-production-web`);
    expect(new Set(images.stdout.trim().split('\n'))).toEqual(new Set([result.pinnedImage]));
  });

  test('changes nothing when nothing differs', async () => {
    expect((await deploy(web('1'))).status).toBe('unchanged');
  });

  test('exchanges its tasks for a new version', async () => {
    await deploy(web('2'));
    await until(services, (list) => list.join() === 'shop-production-web 2/2');
    expect(await said()).toEqual(['2', '2']);
  });

  test('keeps the old version when the new one answers 500', async () => {
    const error = await refusal(deploy(web('3', { env: { BROKEN: '1' } })));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(error.message).toContain('The version before it serves on.');
    expect(await until(said, (list) => list.length === 2)).toEqual(['2', '2']);
  });

  test('says at once when a task exits, with its status and last lines', async () => {
    const begun = Date.now();
    const error = await refusal(deploy(web('3', { env: { EXIT: '4' } })));
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(error.code).toBe('DEPLOY_EXITED');
    expect(error.message).toContain('exited with status 4');
    expect(error.output).toContain('configuration is missing');
    expect(await until(said, (list) => list.length === 2)).toEqual(['2', '2']);
  });

  test('says at once when no node may run it', async () => {
    const placement = { constraints: ['node.labels.disk == fast'] };
    const begun = Date.now();
    const error = await refusal(deploy(web('3', { placement })));
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(error.code).toBe('DEPLOY_UNSCHEDULABLE');
    expect(error.message).toContain('scheduling constraints not satisfied on 2 nodes');
    expect(await until(said, (list) => list.length === 2)).toEqual(['2', '2']);
  });

  test('goes back to the version before, and records it', async () => {
    await using run = world.newRun();
    const project = await world.project(web('unused'));
    await rollbackService(run.context, { project, service: 'web' });
    expect(await until(said, (list) => list.length === 2)).toEqual(['1', '1']);
    const history = await deploymentHistory(run.context, { project, service: 'web' });
    expect(history.map((entry) => entry.record.status)).toEqual(['done', 'error', 'error', 'error', 'done', 'done']);
  });
});

describe('an image without a shell', () => {
  test('takes over as a second service once it answers from the network', async () => {
    const result = await deploy(bare('ok'), { image: 'lab/noshell:ok' });
    expect(result.nodes).toMatchObject([{ strategy: 'blue-green', target: 'shop-production-web-blue' }]);
    expect(result.lines.join('\n')).toContain('The image has no shell');
    const active = await manager.exec('ls /var/lib/drayage/proxy/active/shop-production-web');
    expect(active.stdout.trim()).toBe('blue');
    expect(await until(services, (list) => list.length === 1)).toEqual(['shop-production-web-blue 2/2']);
    expect(await until(said, (list) => list.length === 2)).toEqual(['ok', 'ok']);
  });

  test('that answers 500 changes nothing', async () => {
    const error = await refusal(deploy(bare('broken'), { image: 'lab/noshell:broken' }));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(error.message).toContain('GET /healthz on port 3000 answered 500: broken');
    expect(error.output).toContain('/healthz answers 500');
    expect(await services()).toEqual(['shop-production-web-blue 2/2']);
  });

  test('alternates between its two services, and gives way to one with a shell', async () => {
    await deploy(bare('ok', { CHANGED: '1' }), { image: 'lab/noshell:ok' });
    expect(await until(services, (list) => list.length === 1)).toEqual(['shop-production-web-green 2/2']);
    await deploy(web('4'));
    expect(await until(services, (list) => list.length === 1)).toEqual(['shop-production-web 2/2']);
    expect(await until(said, (list) => list.length === 2)).toEqual(['4', '4']);
    const { stdout } = await manager.exec('ls /var/lib/drayage/proxy/active');
    expect(stdout.trim()).toBe('');
  });
});

describe('a port of the nodes', () => {
  const ports = [{ published: 8080, target: 3000, mode: 'host', protocol: 'tcp' }];
  const ask = (host: Host) => fetch(`http://${host.address}:8080/`).then((response) => response.text());
  const both = () => Promise.all([manager, worker].map(ask));

  test('passes to a version that was proven healthy without it', async () => {
    await deploy(web('1', { ports }), { environment: 'ports' });
    expect(await both()).toEqual(['1', '1']);
    const { lines } = await deploy(web('2', { ports }), { environment: 'ports' });
    expect(lines.join('\n')).toContain('proving the new version healthy without its port');
    expect(await both()).toEqual(['2', '2']);
  });

  test('is not given up for a version that is not', async () => {
    const error = await refusal(deploy(web('3', { ports, env: { BROKEN: '1' } }), { environment: 'ports' }));
    expect(error.code).toBe('DEPLOY_UNHEALTHY');
    expect(await both()).toEqual(['2', '2']);
    expect(await services()).not.toContainEqual(expect.stringContaining('proof'));
  });
});

describe('secrets on a Swarm', () => {
  const secrets = { EDGES: '  # "it\'s" $HOME\n', JSON: '{"a":"b\\n"}' };
  const references = { EDGES: '${{ secrets.EDGES }}', JSON: '${{ secrets.JSON }}' };

  test('are Swarm secrets, byte for byte, and outlive a rollback', async () => {
    const service = (version: string) => web(version, { secrets: references, env: { TOKEN: references.EDGES } });
    await deploy(service('1'), { environment: 'secret', secrets });
    await deploy(web('2'), { environment: 'secret' });
    await using run = world.newRun();
    const project = await world.project(web('unused'), { environment: 'secret' });
    const { deploymentId } = await rollbackService(run.context, { project, service: 'web' });
    const containers = await containersOf(deploymentId);
    expect(containers).toHaveLength(2);
    for (const { host, id } of containers) {
      for (const [name, value] of Object.entries(secrets)) {
        const { stdout } = await host.exec(`docker exec ${id} base64 -w 0 /run/secrets/${name}`);
        expect(Buffer.from(stdout, 'base64').toString()).toBe(value);
      }
      const { stdout } = await host.exec(`docker exec ${id} node -p 'JSON.stringify(process.env.TOKEN)'`);
      expect(JSON.parse(stdout)).toBe(secrets.EDGES);
    }
  });
});

describe('a service that leaves its Swarm', () => {
  test('is checked on the network it keeps, and takes the place of its tasks', async () => {
    const environment = 'leaving';
    await deploy(web('1'), { environment });
    const { deploymentId, lines } = await deploy(webService('2'), { environment });
    expect(lines.join('\n')).toMatch(/is healthy/);
    const [container, ...others] = await containersOf(deploymentId);
    expect([container?.host.name, others]).toEqual([manager.name, []]);
    await until(
      async () => (await services()).filter((line) => line.includes(environment)),
      (left) => left.length === 0,
      20_000,
    );
  });
});

describe('all keys of a Swarm service', () => {
  test('reach the engine', async () => {
    await deploy(
      web('1', {
        replicas: 1,
        'endpoint-mode': 'vip',
        resources: { cpus: '0.5', memory: '256m', 'reserve-cpus': '0.1', 'reserve-memory': '64m' },
        ports: [{ published: 9090, target: 3000, mode: 'ingress', protocol: 'tcp' }],
        mounts: [
          { type: 'volume', source: 'data', target: '/data' },
          { type: 'file', target: '/etc/app.conf', content: 'a = "b"\n' },
        ],
        restart: { condition: 'on-failure', delay: '2s', 'max-attempts': 3, window: '30s' },
        update: {
          order: 'stop-first',
          parallelism: 2,
          delay: '1s',
          monitor: '1s',
          failure: 'pause',
          'max-failure-ratio': 0.25,
        },
        rollback: { order: 'stop-first', monitor: '2s' },
        placement: { constraints: ['node.role == manager'], preferences: ['node.id'], 'max-replicas': 1 },
        labels: { team: 'shop' },
        ulimits: { nofile: { soft: 1000, hard: 2000 } },
        user: '1000',
      }),
      { environment: 'keys' },
    );
    const { stdout } = await manager.exec('docker service inspect shop-keys-web');
    const [{ Spec: spec }] = JSON.parse(stdout);
    expect(spec).toMatchObject({
      Mode: { Replicated: { Replicas: 1 } },
      UpdateConfig: {
        Parallelism: 2,
        Delay: 1e9,
        FailureAction: 'pause',
        Monitor: 1e9,
        MaxFailureRatio: 0.25,
        Order: 'stop-first',
      },
      RollbackConfig: { Monitor: 2e9, Order: 'stop-first' },
      EndpointSpec: {
        Mode: 'vip',
        Ports: [{ Protocol: 'tcp', TargetPort: 3000, PublishedPort: 9090, PublishMode: 'ingress' }],
      },
      TaskTemplate: {
        ContainerSpec: {
          User: '1000',
          StopGracePeriod: 5e9,
          Labels: { team: 'shop', 'dev.drayage.service': 'web' },
          Ulimits: [{ Name: 'nofile', Soft: 1000, Hard: 2000 }],
          Mounts: [{ Type: 'volume', Source: 'shop-keys-data', Target: '/data' }],
          Secrets: [{ File: { Name: '/etc/app.conf', Mode: 0o444 } }],
        },
        Resources: {
          Limits: { NanoCPUs: 5e8, MemoryBytes: 256 * 1024 ** 2 },
          Reservations: { NanoCPUs: 1e8, MemoryBytes: 64 * 1024 ** 2 },
        },
        RestartPolicy: { Condition: 'on-failure', Delay: 2e9, MaxAttempts: 3, Window: 30e9 },
        Placement: {
          Constraints: ['node.role == manager'],
          Preferences: [{ Spread: { SpreadDescriptor: 'node.id' } }],
          MaxReplicas: 1,
        },
      },
    });
    const id = (await manager.exec('docker ps --quiet --filter name=shop-keys-web | head -n 1')).stdout.trim();
    expect((await manager.exec(`docker exec ${id} cat /etc/app.conf`)).stdout).toBe('a = "b"\n');
  });
});
