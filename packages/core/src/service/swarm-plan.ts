import type { RunSpec } from '../docker/run-spec.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { otherSlot, type Slot, slotName } from '../proxy/slot.ts';
import type { Lifetime } from '../registry/lifetime.ts';
import { type Change, diffSpecs } from './diff.ts';
import type { NodeFacts } from './facts.ts';
import { foundSpec } from './found-spec.ts';
import { healthcheckTest, needsTools } from './healthcheck.ts';
import { checkPlatform, modeChange, secretNotes } from './plan.ts';
import { specHash } from './spec-hash.ts';

export interface SwarmPlan {
  /** The manager that carries it out. */
  readonly server: string;
  readonly mode: 'swarm';
  readonly action: 'none' | 'deploy';
  /** Swarm exchanges the tasks of one service, or a second service takes over from the first. */
  readonly strategy: 'rolling' | 'blue-green';
  /** Name of the Swarm service. */
  readonly target: string;
  /** Active afterwards; undefined: requests go to the plain name. */
  readonly slot: Slot | undefined;
  readonly previousSlot: Slot | undefined;
  readonly healthcheck: readonly string[] | undefined;
  /** Whether tasks stop before their successors start, because they publish a port of the node. */
  readonly stopFirst: boolean;
  /** Whether the new version is proven by a task without the port before. */
  readonly proof: boolean;
  readonly previousImage: string | undefined;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

export interface SwarmQuestion {
  readonly server: string;
  readonly resource: string;
  readonly spec: RunSpec;
  readonly facts: NodeFacts;
  /** What the image offers to health checks; undefined as long as nobody has looked. */
  readonly tools: ReadonlySet<string> | undefined;
  readonly force?: boolean;
  /** Of the password of the image's registry, where it ends. */
  readonly lifetime?: Lifetime & { readonly host: string };
}

/** Decides what a deployment does on a Swarm. Throws for what can never work there. */
export function planSwarm({ server, resource, spec, facts, tools, force = false, lifetime }: SwarmQuestion): SwarmPlan {
  checkPossible(server, spec, facts);
  const { current } = facts;
  const previousSlot = facts.activeSlot;
  const hash = specHash(spec);
  const serving =
    facts.services.find(({ deployment }) => deployment === current?.id) ??
    facts.services.find(({ name }) => name === nameIn(resource, previousSlot));
  const found = current?.mode === 'swarm' && serving ? foundSpec(resource, current.spec, serving) : current?.spec;
  const isSame =
    found !== undefined &&
    current?.mode === 'swarm' &&
    serving?.deployment === current.id &&
    serving.specHash === hash &&
    serving.running > 0 &&
    serving.running >= serving.desired &&
    specHash(found) === specHash(current.spec);
  const healthcheck =
    tools === undefined && needsTools(spec.readiness) ? undefined : healthcheckTest(spec.readiness, tools ?? new Set());
  const strategy = strategyFor(spec, tools, healthcheck);
  const slot = strategy === 'blue-green' ? otherSlot(previousSlot) : undefined;
  const stopFirst = hasHostPort(spec) || spec.update.order === 'stop-first';
  return {
    server,
    mode: 'swarm',
    action: isSame && !force ? 'none' : 'deploy',
    strategy,
    target: nameIn(resource, slot),
    slot,
    previousSlot,
    healthcheck,
    stopFirst,
    proof: current !== undefined && spec.readiness.source !== 'running' && hasHostPort(spec),
    previousImage: current?.pinnedImage,
    changes: [...modeChange(facts, 'swarm'), ...diffSpecs(found, spec)],
    notes: [
      ...notesOn(spec, strategy, tools, healthcheck, current !== undefined),
      ...lifetimeNotes(lifetime),
      ...secretNotes(spec),
    ],
  };
}

const nameIn = (resource: string, slot: Slot | undefined) => (slot === undefined ? resource : slotName(resource, slot));

/** What Swarm was given to pull with is all it has, also when it starts a task again weeks later. */
function lifetimeNotes(lifetime: SwarmQuestion['lifetime']): string[] {
  if (lifetime === undefined) return [];
  return [
    `The password of registry ${lifetime.host} ends ${lifetime.ends}. Every node on which the service may run pulls the image before the switch, so that Swarm can move tasks among them later; a node that joins after that, or has lost its copy, can pull only after \`drayage redeploy\`.`,
  ];
}

const hasHostPort = (spec: RunSpec) => spec.ports.some((port) => port.mode === 'host');

function strategyFor(
  spec: RunSpec,
  tools: ReadonlySet<string> | undefined,
  healthcheck: readonly string[] | undefined,
) {
  const { readiness } = spec;
  // A published port has one service; of two with the same one Swarm refuses the second.
  if (readiness.source === 'running' || healthcheck !== undefined || spec.ports.length > 0) return 'rolling';
  return readiness.source === 'port' && tools?.has('healthcheck') === true ? 'rolling' : 'blue-green';
}

function checkPossible(server: string, spec: RunSpec, facts: NodeFacts): void {
  const { network } = facts;
  if (network !== undefined && !network.owned) {
    throw new DrayageError(
      'NOT_OWNED',
      `A network with the name of this environment exists on ${server}, but Drayage did not make it.`,
      { hint: 'docker network inspect shows what uses it; rename it, or choose another project or environment name.' },
    );
  }
  if (network !== undefined && (network.driver !== 'overlay' || !network.attachable)) {
    throw new DrayageError(
      'DEPLOY_IMPOSSIBLE',
      `The environment's network on ${server} is a ${network.driver} network from deployments without Swarm; Swarm services need an attachable overlay network.`,
      { hint: 'Remove the services of the environment and the network first, or set `deploy.mode: standalone`.' },
    );
  }
  if (spec.image.startsWith('sha256:')) {
    throw new DrayageError(
      'DEPLOY_IMPOSSIBLE',
      `Image ${spec.image} exists on ${server} only, and Swarm may run it on any node.`,
      { hint: 'Name a repository under `image`, so that every node can pull it.' },
    );
  }
  checkPlatform(server, spec, facts);
}

function notesOn(
  spec: RunSpec,
  strategy: SwarmPlan['strategy'],
  tools: ReadonlySet<string> | undefined,
  healthcheck: readonly string[] | undefined,
  isUpdate: boolean,
): string[] {
  const { readiness } = spec;
  if (readiness.source === 'running') {
    return ['No health check, domain or port is given, so Swarm counts a task as healthy when it runs.'];
  }
  if (tools === undefined && needsTools(readiness)) {
    return [
      'Rolling if the image has a shell and curl, wget, nc or bash for the health check, else blue/green: known once it is pulled.',
    ];
  }
  if (strategy === 'blue-green') {
    return [
      'The image has no shell or nothing that can check its health, so a second service is probed from the network and then takes over.',
    ];
  }
  const notes =
    healthcheck === undefined
      ? []
      : [
          'The health check runs inside the container (HEALTHCHECK); Swarm keeps an old task until the new one is healthy.',
        ];
  if (healthcheck === undefined && readiness.source === 'health') {
    notes.push(
      'The image has nothing that can check its health, and published ports allow no second service beside it: Swarm counts a task as healthy when it runs.',
    );
  }
  if (isUpdate && spec.ports.some((port) => port.mode === 'host')) {
    notes.push(
      'A port of a node (mode host) has one owner: there, the old task stops before the new one starts, with a gap.',
    );
  }
  return notes;
}
