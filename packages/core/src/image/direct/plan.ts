import { DrayageError } from '../../errors/drayage-error.ts';
import { loopbackImage, loopbackPorts } from '../../registry/loopback.ts';

/** What a node says of the image, before anything moves. */
export interface Target {
  readonly name: string;
  /** `os/architecture`. */
  readonly machine: string;
  /** The ports under whose names it has the image already. */
  readonly known: readonly number[];
}

/** Where an image goes, under which name. */
export interface SendPlan {
  /** To be tried in this order, until one is free on all nodes that lack the image. */
  readonly ports: readonly number[];
  readonly image: (port: number) => string;
  /** Names of the nodes that lack it, by port. */
  readonly lacking: (port: number) => readonly string[];
}

/**
 * Whether an image has to travel at all: not where it is to run on the very server that built it, alone. There its own id
 * is enough.
 */
export function staysHere(builder: string, nodes: readonly string[]): boolean {
  return nodes.every((node) => node === builder);
}

/** Decides under which name the nodes get an image: the same on all of them, and the one that most of them have it by already. */
export function planSend(resource: string, digest: string, targets: readonly Target[]): SendPlan {
  const ports = loopbackPorts(resource);
  const knownBy = (port: number) => targets.filter(({ known }) => known.includes(port)).length;
  return {
    ports: [...ports].sort((one, other) => knownBy(other) - knownBy(one)),
    image: (port) => loopbackImage(resource, port, digest),
    lacking: (port) => targets.filter(({ known }) => !known.includes(port)).map(({ name }) => name),
  };
}

/** Throws IMAGE_PLATFORM for an image that a node cannot run; what has several platforms is judged by the node itself. */
export function checkPlatforms(image: string, platform: string | undefined, targets: readonly Target[]): void {
  const misfit = platform === undefined ? undefined : targets.find(({ machine }) => !runsOn(machine, platform));
  if (misfit === undefined) return;
  throw new DrayageError(
    'IMAGE_PLATFORM',
    `Image ${image} is made for ${platform}, but ${misfit.name} is ${misfit.machine}; nothing was changed.`,
    { hint: `Build it for that platform: \`build.platforms: [${misfit.machine}]\`.` },
  );
}

function runsOn(machine: string, platform: string): boolean {
  return (
    machine === platform ||
    (machine === 'linux/amd64' && platform === 'linux/386') ||
    (machine === 'linux/arm64' && platform === 'linux/arm')
  );
}
