import type { DeploySpec } from '../../../packages/core/src/config/model.ts';
import type { RunSpec } from '../../../packages/core/src/docker/run-spec.ts';
import type { NodeFacts } from '../../../packages/core/src/service/facts.ts';
import type { DeploymentRecord } from '../../../packages/core/src/service/record.ts';
import { runSpec } from '../../../packages/core/src/service/run-spec.ts';
import { specHash } from '../../../packages/core/src/service/spec-hash.ts';

export const pinned = `node@sha256:${'a'.repeat(64)}`;

const update = {
  order: 'start-first',
  parallelism: 1,
  delay: 0,
  monitor: 5000,
  failure: 'rollback',
  maxFailureRatio: 0,
} as const;

export function deploySpec(changes: Partial<DeploySpec> = {}): DeploySpec {
  return {
    mode: 'auto',
    servers: ['node-1'],
    kind: 'replicated',
    replicas: 1,
    env: {},
    secrets: {},
    resources: {},
    ports: [],
    mounts: [],
    health: {
      probe: { kind: 'http', path: '/healthz', port: 3000 },
      interval: 2000,
      timeout: 2000,
      retries: 10,
      startPeriod: 5000,
    },
    restart: { condition: 'any' },
    update,
    rollback: update,
    placement: { constraints: [], preferences: [] },
    networks: [],
    labels: {},
    endpointMode: 'vip',
    ulimits: {},
    drain: 10_000,
    stopGracePeriod: 30_000,
    timeout: 300_000,
    keep: 10,
    ...changes,
  };
}

export const spec = (changes: Partial<DeploySpec> = {}): RunSpec =>
  runSpec('shop-production-web', deploySpec(changes), [], pinned).spec;

export function facts(changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    engine: { version: '26.1.5', platform: 'linux/amd64', rootless: false },
    swarm: { active: false, manager: false, nodeId: '' },
    programs: new Set(['bash', 'curl']),
    containers: [],
    services: [],
    network: undefined,
    activeSlot: undefined,
    image: undefined,
    registry: { digest: `sha256:${'a'.repeat(64)}`, platforms: ['linux/amd64'] },
    current: undefined,
    tools: undefined,
    portHolders: [],
    ...changes,
  };
}

export const record = (changes: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  id: '20260101t000000z-aaaaaa',
  title: 'First',
  status: 'done',
  startedAt: '2026-01-01T00:00:00Z',
  pinnedImage: pinned,
  resource: 'shop-production-web',
  service: 'web',
  mode: 'standalone',
  strategy: 'blue-green',
  slot: 'blue',
  who: 'alice',
  run: 'run-1',
  logPath: '/log',
  specHash: specHash(spec()),
  spec: spec(),
  ...changes,
});
