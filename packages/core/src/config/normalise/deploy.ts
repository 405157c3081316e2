import type { DeploySpec, UpdateSpec } from '../model.ts';
import type { ParsedDeploy } from '../schema/project.ts';
import { type Path, printPath } from '../tree.ts';
import { splitWords } from '../words.ts';
import { healthSpec } from './health.ts';
import { mountSpecs } from './mounts.ts';
import type { Reading } from './reading.ts';
import { containerVariables, type Variables } from './variables.ts';

/** What the rest of the configuration contributes to a deployment. */
export interface Surroundings {
  readonly variables: Variables;
  /** Where it runs when it does not say so. */
  readonly servers: readonly string[];
  /** Where the application listens, as far as its domains and ports tell. */
  readonly port?: number;
}

export async function deploySpec(
  deploy: ParsedDeploy,
  path: Path,
  around: Surroundings,
  reading: Reading,
): Promise<DeploySpec> {
  const at = [...path, 'deploy'];
  const { resources, restart, placement } = deploy;
  const secretValues = Object.entries(deploy.secrets).map(([name, text]) => [
    name,
    reading.secret([...at, 'secrets', name], text),
  ]);
  return {
    mode: deploy.mode,
    servers: [...new Set(deploy.servers ?? around.servers)],
    kind: deploy.kind === 'global' ? 'global' : 'replicated',
    replicas: deploy.replicas ?? 1,
    command: commandWords(deploy.command, [...at, 'command'], reading),
    args: deploy.args,
    user: deploy.user,
    env: await containerVariables(deploy, around.variables, at, reading),
    secrets: Object.fromEntries(secretValues),
    resources: {
      nanoCpus: nanoCpus(resources.cpus),
      memory: resources.memory,
      reserveNanoCpus: nanoCpus(resources['reserve-cpus']),
      reserveMemory: resources['reserve-memory'],
    },
    ports: deploy.ports,
    mounts: await mountSpecs(deploy.mounts, [...at, 'mounts'], reading),
    health:
      deploy.health === undefined ? undefined : healthSpec(deploy.health, [...at, 'health'], around.port, reading),
    restart: {
      condition: restart.condition,
      delay: restart.delay,
      maxAttempts: restart['max-attempts'],
      window: restart.window,
    },
    update: updateSpec(deploy.update),
    rollback: updateSpec(deploy.rollback),
    placement: {
      constraints: placement.constraints,
      preferences: placement.preferences,
      maxReplicas: placement['max-replicas'],
    },
    networks: deploy.networks,
    labels: deploy.labels,
    endpointMode: deploy['endpoint-mode'],
    ulimits: Object.fromEntries(Object.entries(deploy.ulimits).map(([name, limit]) => [name, bothLimits(limit)])),
    drain: deploy.drain,
    stopGracePeriod: deploy['stop-grace-period'],
    timeout: deploy.timeout,
    keep: deploy.keep,
  };
}

function commandWords(command: ParsedDeploy['command'], at: Path, reading: Reading): readonly string[] | undefined {
  if (typeof command !== 'string') return command;
  const split = splitWords(command);
  if ('words' in split) return split.words;
  reading.problems.error(at, `${printPath(at)} is ${JSON.stringify(command)}, and ${split.reason}.`);
  return undefined;
}

export function nanoCpus(cpus: number | undefined): number | undefined {
  return cpus === undefined ? undefined : Math.round(cpus * 1e9);
}

function updateSpec(update: ParsedDeploy['update'] | ParsedDeploy['rollback']): UpdateSpec {
  const { order, parallelism, delay, monitor, failure } = update;
  return { order, parallelism, delay, monitor, failure, maxFailureRatio: update['max-failure-ratio'] };
}

function bothLimits(limit: number | { soft: number; hard: number }): { soft: number; hard: number } {
  return typeof limit === 'number' ? { soft: limit, hard: limit } : limit;
}
