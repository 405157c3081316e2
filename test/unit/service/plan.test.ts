import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import type { NodeFacts, OwnContainer } from '../../../packages/core/src/service/facts.ts';
import { planStandalone, proberFor } from '../../../packages/core/src/service/plan.ts';
import { specHash } from '../../../packages/core/src/service/spec-hash.ts';
import { planSwarm } from '../../../packages/core/src/service/swarm-plan.ts';
import { facts, pinned, record, spec } from './specs.ts';

const container = (changes: Partial<OwnContainer> = {}): OwnContainer => ({
  id: 'c1',
  name: 'shop-production-web-blue-1',
  state: 'running',
  image: pinned,
  deployment: record().id,
  slot: 'blue',
  specHash: specHash(spec()),
  ...changes,
});

const serving = (changes: Partial<NodeFacts> = {}) =>
  facts({ current: record(), containers: [container()], activeSlot: 'blue', ...changes });

const port = { published: 8080, target: 3000, mode: 'host', protocol: 'tcp' } as const;

describe('planStandalone', () => {
  it('begins with the blue slot', () => {
    expect(planStandalone('node-1', spec(), facts())).toMatchObject({
      action: 'deploy',
      strategy: 'blue-green',
      slot: 'blue',
      previousSlot: undefined,
    });
  });

  it('has nothing to do when what is wanted serves', () => {
    expect(planStandalone('node-1', spec(), serving()).action).toBe('none');
  });

  it.each<[string, NodeFacts]>([
    ['a container has stopped', serving({ containers: [container({ state: 'exited' })] })],
    ['a container is missing', serving({ containers: [] })],
    ['the proxy points to the other slot', serving({ activeSlot: 'green' })],
    ['the containers are of another specification', serving({ containers: [container({ specHash: 'other' })] })],
    ['it ran on a Swarm before', serving({ current: record({ mode: 'swarm' }) })],
  ])('deploys although the settings are the same when %s', (_why, node) => {
    expect(planStandalone('node-1', spec(), node).action).toBe('deploy');
  });

  it('deploys what serves already when that is asked for', () => {
    expect(planStandalone('node-1', spec(), serving(), true)).toMatchObject({ action: 'deploy', slot: 'green' });
  });

  it('exchanges a port that the old version publishes, and says that there is a gap', () => {
    const held = serving({
      portHolders: [{ port: 8080, protocol: 'tcp', holder: 'container shop-production-web-blue-1', own: true }],
    });
    const plan = planStandalone('node-1', spec({ ports: [port] }), held);
    expect(plan.strategy).toBe('swap-port');
    expect(plan.notes.join()).toContain('Expect a gap');
  });

  it('stops the old version first where that is asked for, but not where there is none', () => {
    const stopFirst = spec({ update: { ...spec().update, order: 'stop-first' } });
    expect(planStandalone('node-1', stopFirst, serving()).strategy).toBe('stop-first');
    expect(planStandalone('node-1', stopFirst, facts()).strategy).toBe('blue-green');
  });

  it('warns of volumes with two writers and of secrets in the environment', () => {
    const mounts = [{ type: 'volume', source: 'data', target: '/data', readOnly: false }] as const;
    const { notes } = planStandalone('node-1', spec({ mounts, env: { TOKEN: secret('x') } }), serving());
    expect(notes).toEqual([
      expect.stringContaining('/data mounted until the old one has stopped'),
      expect.stringContaining('`deploy.env` (TOKEN)'),
    ]);
  });

  it.each<[string, string, Parameters<typeof spec>[0], Partial<NodeFacts>]>([
    [
      'PORT_TAKEN',
      'process nginx',
      { ports: [port] },
      { portHolders: [{ port: 8080, protocol: 'tcp', holder: 'process nginx (pid 8)', own: false }] },
    ],
    ['DEPLOY_IMPOSSIBLE', '`replicas` is 2', { ports: [port], replicas: 2 }, {}],
    ['NOT_OWNED', 'Drayage did not make it', {}, { network: { driver: 'bridge', attachable: false, owned: false } }],
    ['IMAGE_PLATFORM', 'made for linux/arm64', {}, { registry: { digest: 'sha256:x', platforms: ['linux/arm64'] } }],
    ['IMAGE_PLATFORM', 'made for linux/arm64', {}, { image: { id: 'x', platform: 'linux/arm64', user: '' } }],
  ])('refuses with %s when %s', (code, text, changes, node) => {
    expect(() => planStandalone('node-1', spec(changes), facts(node))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });
});

describe('proberFor', () => {
  it.each<[string, Partial<NodeFacts>, string]>([
    ['curl where there is one', {}, 'curl'],
    ['bash where there is no curl', { programs: new Set(['bash']) }, 'bash'],
    ['a container where there is neither', { programs: new Set() }, 'container'],
    [
      'a container where the engine hides its networks',
      { engine: { version: '26', platform: 'linux/amd64', rootless: true } },
      'container',
    ],
    [
      'a container on the overlay network of a Swarm that was left',
      { network: { driver: 'overlay', attachable: true, owned: true } },
      'container',
    ],
  ])('takes %s', (_what, changes, expected) => {
    expect(proberFor(facts(changes))).toBe(expected);
  });
});

describe('planSwarm', () => {
  const question = { server: 'node-1', resource: 'shop-production-web', spec: spec() };
  const swarm = facts({ swarm: { active: true, manager: true, nodeId: 'n' } });
  const plan = (tools: readonly string[] | undefined, changes: Parameters<typeof spec>[0] = {}, node = swarm) =>
    planSwarm({ ...question, spec: spec(changes), facts: node, tools: tools && new Set(tools) });

  it('lets Swarm exchange tasks when the image can check its own health', () => {
    expect(plan(['sh', 'curl'])).toMatchObject({
      strategy: 'rolling',
      target: 'shop-production-web',
      slot: undefined,
      healthcheck: ['CMD-SHELL', 'curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:3000/healthz'],
    });
  });

  it('puts a second service beside the first when the image has no shell', () => {
    expect(plan([])).toMatchObject({ strategy: 'blue-green', target: 'shop-production-web-blue', slot: 'blue' });
    expect(plan([], {}, { ...swarm, activeSlot: 'blue' })).toMatchObject({ slot: 'green', previousSlot: 'blue' });
  });

  it('cannot do so with a published port, and says it', () => {
    const { strategy, notes } = plan([], { ports: [{ ...port, mode: 'ingress' }] });
    expect(strategy).toBe('rolling');
    expect(notes.join()).toContain('published ports allow no second service');
  });

  it('leaves a check that the image brings to the image', () => {
    const health = { health: undefined, ports: [], domains: [] };
    expect(plan(['healthcheck'], { ...health, ports: [port] })).toMatchObject({
      strategy: 'rolling',
      healthcheck: undefined,
    });
  });

  it('stops a task first that publishes a port of its node', () => {
    expect(plan(['sh', 'nc'], { ports: [port] }).stopFirst).toBe(true);
    expect(plan(['sh', 'nc'], { ports: [{ ...port, mode: 'ingress' }] }).stopFirst).toBe(false);
  });

  it('says that the way is known once the image is there', () => {
    expect(plan(undefined).notes.join()).toContain('known once it is pulled');
  });

  it('refuses an image that only one node has', () => {
    expect(() =>
      planSwarm({
        ...question,
        spec: { ...spec(), image: `sha256:${'a'.repeat(64)}` },
        facts: swarm,
        tools: undefined,
      }),
    ).toThrow(expect.objectContaining({ code: 'DEPLOY_IMPOSSIBLE' }));
  });

  it('refuses the network of deployments without Swarm', () => {
    const network = { driver: 'bridge', attachable: false, owned: true };
    expect(() => plan(['sh', 'curl'], {}, { ...swarm, network })).toThrow(
      expect.objectContaining({ code: 'DEPLOY_IMPOSSIBLE' }),
    );
  });
});
