import { formatDuration } from '../config/quantities.ts';
import type { RunSpec } from '../docker/run-spec.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { otherSlot, type Slot } from '../proxy/slot.ts';
import { type Change, diffSpecs } from './diff.ts';
import type { NodeFacts } from './facts.ts';
import { specHash } from './spec-hash.ts';

export type Mode = 'swarm' | 'standalone';

/** How the old version gives way to the new one on a node. */
export type Strategy =
  /** Beside each other, switched at the proxy. */
  | 'blue-green'
  /** Proven without the published port, then exchanged: there is a gap. */
  | 'swap-port'
  /** The old one stops before the new one starts: there is a gap. */
  | 'stop-first';

export interface StandalonePlan {
  readonly server: string;
  readonly mode: 'standalone';
  /** `none`: what runs is what is wanted. */
  readonly action: 'none' | 'deploy';
  readonly strategy: Strategy;
  readonly slot: Slot;
  readonly previousSlot: Slot | undefined;
  readonly prober: 'curl' | 'bash' | 'container';
  readonly previousImage: string | undefined;
  readonly changes: readonly Change[];
  /** Things the reader should know before anything happens. */
  readonly notes: readonly string[];
}

/** Decides what a deployment does on one node without Swarm. Throws for what can never work there. */
export function planStandalone(server: string, spec: RunSpec, facts: NodeFacts, force = false): StandalonePlan {
  checkPossible(server, spec, facts);
  const running = facts.containers.filter((container) => container.state === 'running');
  const serving = running.filter((container) => container.deployment === facts.current?.id);
  const previousSlot = facts.activeSlot ?? serving[0]?.slot;
  const hash = specHash(spec);
  const isSame =
    facts.current?.mode === 'standalone' &&
    serving.length === spec.replicas &&
    serving.every((container) => container.specHash === hash && container.slot === facts.activeSlot);
  const strategy = strategyFor(spec, facts, running.length);
  return {
    server,
    mode: 'standalone',
    action: isSame && !force ? 'none' : 'deploy',
    strategy,
    slot: otherSlot(previousSlot),
    previousSlot,
    prober: proberFor(facts),
    previousImage: facts.current?.pinnedImage,
    changes: [...modeChange(facts, 'standalone'), ...diffSpecs(facts.current?.spec, spec)],
    notes: notesOn(server, spec, strategy, running.length),
  };
}

function strategyFor(spec: RunSpec, facts: NodeFacts, running: number): Strategy {
  if (running > 0 && spec.update.order === 'stop-first') return 'stop-first';
  return facts.portHolders.some((holder) => holder.own && isWanted(spec, holder)) ? 'swap-port' : 'blue-green';
}

function isWanted(spec: RunSpec, port: { port: number; protocol: string }): boolean {
  return spec.ports.some((wanted) => wanted.published === port.port && wanted.protocol === port.protocol);
}

/**
 * From the node itself where it reaches containers. A rootless engine hides them, and addresses of an overlay network, left
 * from a Swarm, belong to somebody else outside of it, if to anybody: there a container must do it.
 */
export function proberFor(facts: NodeFacts): 'curl' | 'bash' | 'container' {
  if (facts.engine.rootless || facts.network?.driver === 'overlay') return 'container';
  if (facts.programs.has('curl')) return 'curl';
  return facts.programs.has('bash') ? 'bash' : 'container';
}

export function modeChange(facts: NodeFacts, mode: Mode): readonly Change[] {
  const before = facts.current?.mode;
  return before === undefined || before === mode ? [] : [{ field: 'mode', before, after: mode }];
}

function checkPossible(server: string, spec: RunSpec, facts: NodeFacts): void {
  const [port] = spec.ports;
  if (port !== undefined && spec.replicas > 1) {
    throw new DrayageError(
      'DEPLOY_IMPOSSIBLE',
      `Port ${port.published} of ${server} can be published by one container only, but \`replicas\` is ${spec.replicas}.`,
      { hint: 'Remove `ports` and give the service a domain, or set `replicas: 1`.' },
    );
  }
  const taken = facts.portHolders.find((holder) => !holder.own && isWanted(spec, holder));
  if (taken !== undefined) {
    throw new DrayageError(
      'PORT_TAKEN',
      `Port ${taken.port}/${taken.protocol} of ${server} is taken by ${taken.holder}; nothing was changed.`,
      { hint: `Choose another \`published\` port, or free it: ss -ltnp 'sport = :${taken.port}'` },
    );
  }
  if (facts.network !== undefined && !facts.network.owned) {
    throw new DrayageError(
      'NOT_OWNED',
      `A network with the name of this environment exists on ${server}, but Drayage did not make it.`,
      { hint: 'docker network inspect shows what uses it; rename it, or choose another project or environment name.' },
    );
  }
  checkPlatform(server, spec, facts);
}

/** Refused before anything changes, as far as it can be told before pulling. */
export function checkPlatform(server: string, spec: RunSpec, { image, registry, engine }: NodeFacts): void {
  const offered = image !== undefined ? [image.platform] : 'platforms' in registry ? registry.platforms : [];
  const known = offered.filter((platform) => !platform.includes('unknown') && !platform.includes('undefined'));
  const fits = known.some((platform) => runsOn(engine.platform, platform));
  if (known.length === 0 || fits) return;
  throw new DrayageError(
    'IMAGE_PLATFORM',
    `Image ${spec.image} is made for ${known.join(', ')}, but ${server} is ${engine.platform}; nothing was changed.`,
    { hint: `Build it for that platform too: \`build.platforms: [${engine.platform}]\`.` },
  );
}

function runsOn(node: string, image: string): boolean {
  if (node === image) return true;
  return (node === 'linux/amd64' && image === 'linux/386') || (node === 'linux/arm64' && image === 'linux/arm');
}

function notesOn(server: string, spec: RunSpec, strategy: Strategy, running: number): string[] {
  const notes: string[] = [];
  if (strategy === 'swap-port') {
    const ports = spec.ports.map((port) => port.published).join(', ');
    notes.push(
      `Port ${ports} of ${server} can have one owner: the new container is proven healthy without it first, then takes it over. Expect a gap of about a second.`,
    );
  }
  if (strategy === 'stop-first') {
    notes.push(
      `\`update.order\` is stop-first: on ${server} nothing serves from the stop of the old version until the new one is healthy.`,
    );
  }
  const shared = spec.mounts.filter((mount) => mount.type === 'volume' && !mount.readOnly);
  if (strategy !== 'stop-first' && running > 0 && shared.length > 0) {
    const targets = shared.map((mount) => mount.target).join(', ');
    notes.push(
      `The old and the new version both have ${targets} mounted until the old one has stopped. If only one may write, set \`update.order: stop-first\`.`,
    );
  }
  notes.push(...secretNotes(spec));
  if (spec.readiness.source === 'running') {
    notes.push(
      `No health check, domain or port is given, so a container counts as healthy after running for ${formatDuration(spec.readiness.window)}.`,
    );
  }
  return notes;
}

/** A warning for secrets that are not as well hidden as they could be. */
export function secretNotes(spec: RunSpec): readonly string[] {
  const names = Object.entries(spec.env).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name]));
  if (names.length === 0) return [];
  return [
    `Secrets under \`deploy.env\` (${names.join(', ')}) can be seen with docker inspect; \`deploy.secrets\` keeps them in files.`,
  ];
}
