import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import { parseBatch } from './api-batch.ts';
import { askEngine } from './ask.ts';
import type { RegistryFacts } from './buildkitd-config.ts';

/** What decides what an engine's BuildKit can do, and what one beside it must be told. */
export interface EngineTraits {
  /** Whether images are in containerd's store, and not in the classic one. */
  readonly hasContainerdStore: boolean;
  readonly registries: RegistryFacts;
}

/** Asks the engine, once a run. Throws DOCKER_UNREACHABLE. */
export async function readTraits(server: Server): Promise<EngineTraits> {
  const purpose = 'Asking the engine what it can do';
  const { text, errors } = await askEngine(server, [{ path: '/info', earlier: true }], { purpose });
  const [answer] = parseBatch(text);
  if (answer?.status === 200) return traitsOf(answer.body);
  throw new DrayageError('DOCKER_UNREACHABLE', `The engine of ${server.name} does not answer.`, {
    hint: 'Run `drayage doctor`: Docker does not run on the build server, or this account may not use it.',
    output: errors,
  });
}

/** Reads the engine's `/info` (Engine API, SystemInfo). */
export function traitsOf(info: unknown): EngineTraits {
  const { DriverStatus, RegistryConfig } = record(info);
  const status: unknown[] = Array.isArray(DriverStatus) ? DriverStatus : [];
  const { Mirrors, IndexConfigs } = record(RegistryConfig);
  const insecure = Object.entries(record(IndexConfigs)).filter(([, index]) => record(index).Secure === false);
  return {
    hasContainerdStore: status.some((row) => Array.isArray(row) && row.includes('io.containerd.snapshotter.v1')),
    registries: {
      mirrors: Array.isArray(Mirrors) ? Mirrors.map(String) : [],
      insecure: insecure.map(([host]) => host),
    },
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
