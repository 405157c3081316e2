import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { diffSpecs, formatChange } from '../../../packages/core/src/service/diff.ts';
import { type FactsRequest, type OwnService, wholeLook } from '../../../packages/core/src/service/facts.ts';
import { parseFacts } from '../../../packages/core/src/service/facts-parse.ts';
import { foundSpec } from '../../../packages/core/src/service/found-spec.ts';
import { specHash } from '../../../packages/core/src/service/spec-hash.ts';
import { planSwarm } from '../../../packages/core/src/service/swarm-plan.ts';
import { facts, pinned, record, spec } from './specs.ts';

const resource = 'shop-production-web';
const wanted = spec({ replicas: 3, env: { LOG: 'info', TOKEN: secret('s3cret') } });
const asDeployed: OwnService['found'] = { replicas: 3, image: pinned, env: ['LOG=info', 'TOKEN=s3cret'] };
const changes = (found: OwnService['found'], recorded = wanted) =>
  diffSpecs(foundSpec(resource, recorded, { found }), wanted).map(formatChange);

describe('foundSpec', () => {
  it('is what was deployed where nobody touched it', () => {
    expect(specHash(foundSpec(resource, wanted, { found: asDeployed }))).toBe(specHash(wanted));
  });

  it('is what was deployed as far as the engine does not tell', () => {
    const nothing = { replicas: undefined, image: undefined, env: undefined };
    expect(foundSpec(resource, wanted, { found: nothing })).toEqual(wanted);
  });

  it('counts no replicas of a service that has one on every node', () => {
    const everywhere = spec({ kind: 'global' });
    const found = { replicas: 7, image: pinned, env: [] };
    expect(foundSpec(resource, everywhere, { found })).toEqual(everywhere);
  });

  it.each<[string, Partial<OwnService['found']>, string]>([
    ['scaled', { replicas: 1 }, '~ replicas: 1 → 3'],
    ['given another image', { image: 'node:1' }, `~ image: node:1 → ${pinned}`],
    ['robbed of a variable', { env: ['TOKEN=s3cret'] }, '+ env.LOG: "info"'],
    ['given another value', { env: ['LOG=debug=1', 'TOKEN=s3cret'] }, '~ env.LOG: "set by hand" → "info"'],
    ['given a variable', { env: ['LOG=info', 'TOKEN=s3cret', 'KEY=hidden'] }, '- env.KEY: "set by hand"'],
  ])('shows that it was %s', (_what, found, line) => {
    expect(changes({ ...asDeployed, ...found })).toEqual([line]);
  });

  it('shows that a secret is another one, and neither of both', () => {
    const [line = '', ...others] = changes({ ...asDeployed, env: ['LOG=info', 'TOKEN=other'] });
    expect(line).toMatch(/^~ env\.TOKEN: secret [0-9a-f]{12} → secret [0-9a-f]{12}$/);
    expect(others).toEqual([]);
  });
});

describe('planSwarm of a service that runs', () => {
  const current = record({ mode: 'swarm', spec: wanted, specHash: specHash(wanted), slot: undefined });
  const plan = (service: Partial<OwnService>, found: Partial<OwnService['found']> = {}) =>
    planSwarm({
      server: 'node-1',
      resource,
      spec: wanted,
      tools: new Set(['sh', 'curl']),
      facts: facts({
        swarm: { active: true, manager: true, nodeId: 'n' },
        current,
        services: [
          {
            name: resource,
            deployment: current.id,
            specHash: specHash(wanted),
            running: 3,
            desired: 3,
            found: { ...asDeployed, ...found },
            ...service,
          },
        ],
      }),
    });

  it('has nothing to do where it is as it was deployed', () => {
    expect(plan({})).toMatchObject({ action: 'none', changes: [] });
  });

  it('puts right what somebody scaled by hand, though as many run as the engine wants', () => {
    const { action, changes } = plan({ running: 1, desired: 1 }, { replicas: 1 });
    expect([action, changes.map(formatChange)]).toEqual(['deploy', ['~ replicas: 1 → 3']]);
  });

  it('puts right an image and variables that somebody set by hand', () => {
    expect(plan({}, { image: 'node:1' }).action).toBe('deploy');
    expect(plan({}, { env: ['LOG=info'] }).action).toBe('deploy');
  });
});

describe('what the engine says of a service', () => {
  const request: FactsRequest = {
    owner: { project: 'shop', environment: 'production', service: 'web' },
    resource,
    stateDir: '/var/lib/drayage',
  };
  const foundOf = (specification: object) => {
    const response = (body: unknown) => {
      const text = JSON.stringify(body);
      return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    };
    const swarm = { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true };
    const info = { ServerVersion: '26.1.5', OSType: 'linux', Architecture: 'x86_64', Swarm: swarm };
    const engine = [info, [], [{ Spec: { Name: resource, ...specification } }]].map(response).join('');
    return parseFacts(wholeLook('', engine), '', request, 'node-1').services[0]?.found;
  };

  it('is read from its specification', () => {
    expect(
      foundOf({
        Mode: { Replicated: { Replicas: 2 } },
        TaskTemplate: { ContainerSpec: { Image: pinned, Env: ['A=1'] } },
      }),
    ).toEqual({ replicas: 2, image: pinned, env: ['A=1'] });
  });

  it('has no count where it runs on every node, and no variables where it was given none', () => {
    expect(foundOf({ Mode: { Global: {} }, TaskTemplate: { ContainerSpec: { Image: pinned } } })).toEqual({
      replicas: undefined,
      image: pinned,
      env: [],
    });
  });

  it('is unknown where it is not told', () => {
    expect(foundOf({})).toEqual({ replicas: undefined, image: undefined, env: undefined });
  });
});
