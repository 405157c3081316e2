import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { DrayageError } from '../../errors/drayage-error.ts';

/** What earlier steps made of one service. Names and digests; never hosts, users or secrets. */
const serviceSchema = z.lazy(() =>
  z.strictObject({
    /** When the newest of these values was written, milliseconds since the epoch: the newer wins when states are merged. */
    at: z.number(),
    /** Name of the build server that has the image. */
    server: z.string().optional(),
    imageId: z.string().optional(),
    sourceCommit: z.string().optional(),
    platforms: z.array(z.string()).optional(),
    /** Tags without the repository: that is in drayage.yml, and registry hosts are nobody's business here. */
    tags: z.array(z.string()).optional(),
    digest: z.string().optional(),
    deploymentId: z.string().optional(),
  }),
);

const stateSchema = z.lazy(() =>
  z.strictObject({
    version: z.literal(1),
    /** SHA-256 over repository and run: a name could be a masked value. */
    bound: z.string(),
    project: z.string(),
    environment: z.string(),
    services: z.record(z.string(), serviceSchema),
  }),
);

export type ServiceState = z.output<typeof serviceSchema>;
export type State = z.output<typeof stateSchema>;

/** Which repository and run a state belongs to; attempts of one run share it. */
export interface Binding {
  readonly repository: string;
  readonly run: string;
}

export function bindingOf({ repository, run }: Binding): string {
  return createHash('sha256').update(`${repository}\n${run}`).digest('hex').slice(0, 32);
}

/** JSON with a checksum, which detects damage and not attack. */
export function printState(state: State): string {
  const content = JSON.stringify(state);
  return `${JSON.stringify({ checksum: checksumOf(content), state }, null, 2)}\n`;
}

/**
 * For an output. GitHub drops a job output in which a masked value occurs, in plain or in base64; deflated first, the
 * text holds none.
 */
export function packState(state: State): string {
  return `s1.${deflateRawSync(printState(state), { level: 9 }).toString('base64url')}`;
}

export function unpackState(packed: string): string {
  try {
    if (packed.startsWith('s1.')) return inflateRawSync(Buffer.from(packed.slice(3), 'base64url')).toString('utf8');
  } catch {
    // Said below.
  }
  throw damaged('The input "state"', 'it is not what the output "state" of an earlier step was');
}

/** Throws STATE_INVALID for text that is damaged or belongs to none of the allowed runs. */
export function parseState(text: string, source: string, allowed: readonly string[]): State {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(source, 'it is not JSON');
  }
  const parsed = z.object({ checksum: z.string(), state: stateSchema }).safeParse(value);
  if (!parsed.success) throw damaged(source, 'it is not a state of this version of Drayage');
  const { checksum, state } = parsed.data;
  // Over the text as it was written: the schema puts keys into its own order.
  if (checksum !== checksumOf(JSON.stringify(Reflect.get(Object(value), 'state'))))
    throw damaged(source, 'its checksum does not fit its content');
  if (!allowed.includes(state.bound)) {
    throw new DrayageError('STATE_INVALID', `${source} belongs to another repository or another run.`, {
      hint: 'Run the earlier steps in this run, remove the file, or give the other run as "state-run" on purpose.',
    });
  }
  return state;
}

/** All of one environment, service by service. What was written later wins, value by value where both are of the same image. */
export function mergeStates(states: readonly State[]): State | undefined {
  const [first, ...rest] = states;
  if (first === undefined) return undefined;
  const services = { ...first.services };
  for (const state of rest) {
    for (const [name, service] of Object.entries(state.services)) {
      const known = services[name];
      const [older, newer] = known !== undefined && known.at > service.at ? [service, known] : [known, service];
      services[name] = older !== undefined && isOfSameImage(older, newer) ? { ...older, ...newer } : newer;
    }
  }
  return { ...first, services };
}

/** A job may have built anew what an earlier attempt pushed: the digest of that is not the digest of this. */
function isOfSameImage(older: ServiceState, newer: ServiceState): boolean {
  if (newer.imageId === undefined && newer.digest === undefined) return true;
  const isOtherDigest = older.digest !== undefined && newer.digest !== undefined && older.digest !== newer.digest;
  return newer.imageId === older.imageId && !isOtherDigest;
}

function checksumOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function damaged(source: string, why: string): DrayageError {
  return new DrayageError('STATE_INVALID', `${source} cannot be used: ${why}.`, {
    hint: 'Run the earlier steps again.',
  });
}
