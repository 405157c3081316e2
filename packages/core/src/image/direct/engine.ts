import * as z from 'zod';
import { parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Server } from '../../transport/server.ts';

/** How an engine stores images. */
export type StoreKind =
  /** Its own: images are known by their configuration, layers are folders. */
  | 'overlay'
  /** containerd's: images are known by their manifest, layers are blobs. */
  | 'content'
  | 'other';

export interface EngineFacts {
  readonly store: StoreKind;
  /** Its data folder. */
  readonly root: string;
  /** `os/architecture`, in the engine's words. */
  readonly machine: string;
  readonly swarm: { readonly nodeId: string; readonly active: boolean; readonly manager: boolean };
}

const info = z.looseObject({
  Driver: z.string(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  DockerRootDir: z.string(),
  OSType: z.string(),
  Architecture: z.string(),
  Swarm: z.looseObject({ NodeID: z.string(), LocalNodeState: z.string(), ControlAvailable: z.boolean() }),
});

export interface EngineLook<Answers> {
  readonly facts: EngineFacts;
  /** Bodies of the other answers, in the order of the paths; undefined where the status was not 200. */
  readonly answers: Answers;
}

/** Asks an engine for what it is, and for more, in one turn. Throws DOCKER_UNREACHABLE. */
export async function lookAtEngine(
  server: Server,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<EngineLook<readonly unknown[]>> {
  const requests = [{ path: '/info', earlier: true }, ...paths.map((path) => ({ path }))];
  const { text, errors } = await askEngine(server, requests, { purpose: 'Looking for the image', signal });
  const [about, ...rest] = parseBatch(text);
  const parsed = info.safeParse(about?.body);
  if (!parsed.success) {
    const why = errors.trim().split('\n').at(-1) || 'it gave no reason';
    throw new DrayageError('DOCKER_UNREACHABLE', `The Docker engine on ${server.name} did not answer: ${why}.`, {
      hint: `drayage doctor --servers ${server.name}`,
      cause: parsed.error,
    });
  }
  const { Driver, DriverStatus, DockerRootDir, OSType, Architecture, Swarm } = parsed.data;
  const isContent = (DriverStatus ?? []).some(([, value]) => value?.startsWith('io.containerd.snapshotter') === true);
  return {
    facts: {
      store: isContent ? 'content' : Driver === 'overlay2' ? 'overlay' : 'other',
      root: DockerRootDir,
      machine: `${OSType}/${architectures[Architecture] ?? Architecture}`,
      swarm: { nodeId: Swarm.NodeID, active: Swarm.LocalNodeState === 'active', manager: Swarm.ControlAvailable },
    },
    answers: paths.map((_, index) => (rest[index]?.status === 200 ? rest[index]?.body : undefined)),
  };
}

/** `uname -m` in the words that images use. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  armv6l: 'arm',
  i686: '386',
};
