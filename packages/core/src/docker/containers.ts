import type { ContainerInspectInfo } from 'dockerode';
import type { Engine } from './client.ts';
import { statusOf } from './failure.ts';
import { asReadable, jsonLines } from './progress.ts';

/** undefined where there is no such container. */
export async function inspectContainer(engine: Engine, name: string): Promise<ContainerInspectInfo | undefined> {
  return engine.call(`Inspecting container ${name}`, async (docker) => {
    try {
      return await docker.getContainer(name).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** The last lines a container printed, both streams in order. Empty where it is gone or its log driver keeps nothing. */
export async function lastLines(engine: Engine, name: string, count: number): Promise<string[]> {
  const log = await engine.call(`Reading the log of ${name}`, async (docker) => {
    try {
      return await docker.getContainer(name).logs({ stdout: true, stderr: true, tail: count, follow: false });
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 501) return Buffer.alloc(0);
      throw error;
    }
  });
  return demultiplex(Buffer.from(log))
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(-count);
}

/**
 * Takes the frame headers out of a log (Engine API, "Stream format": stream 0 to 2, three zero bytes, length). A log of a
 * container with a terminal has none and is returned as it is.
 */
export function demultiplex(log: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < log.length; ) {
    const isHeader = at + 8 <= log.length && (log[at] ?? 3) <= 2 && log.readUIntBE(at + 1, 3) === 0;
    if (!isHeader) return at === 0 ? log : Buffer.concat([...parts, log.subarray(at)]);
    const length = log.readUInt32BE(at + 4);
    parts.push(log.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}

export interface EngineEvent {
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Seconds since the epoch, by the server's clock. */
  readonly time: number;
}

/**
 * Events of the engine from now on, until the signal is aborted. `filters` as in the API (`{ container: ['web'], event: ['die'] }`).
 */
export async function* engineEvents(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const stream = asReadable(
    await engine.call('Watching events', (docker) => docker.getEvents({ filters: JSON.stringify(filters) }), {
      timeout: 0,
    }),
  );
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of jsonLines(stream)) {
      const actor = line.Actor as { ID: string; Attributes?: Record<string, string> };
      yield {
        type: String(line.Type),
        action: String(line.Action),
        id: actor.ID,
        attributes: actor.Attributes ?? {},
        time: Number(line.time),
      };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
