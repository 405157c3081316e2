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
    /** Files differed from that commit when they were built. */
    isDirty: z.boolean().optional(),
    /** A build began, and nothing tells yet that it succeeded. */
    isUnfinished: z.boolean().optional(),
    platforms: z.array(z.string()).optional(),
    /** Tags without the repository: that is in drayage.yml, and registry hosts are nobody's business here. */
    tags: z.array(z.string()).optional(),
    digest: z.string().optional(),
    deploymentId: z.string().optional(),
  }),
);

const services = z.lazy(() => z.record(z.string(), serviceSchema));

const stateSchema = z.lazy(() =>
  z.strictObject({
    version: z.literal(2),
    /** SHA-256 over repository and run: a name could be a masked value. */
    bound: z.string(),
    /** By project, environment and service: one run may deploy to several environments. */
    projects: z.record(z.string(), z.record(z.string(), services)),
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

/** All of them, service by service. What was written later wins, value by value where both are of the same image. */
export function mergeStates(states: readonly State[]): State | undefined {
  const [first, ...rest] = states;
  if (first === undefined) return undefined;
  return rest.reduce((merged, state) => {
    for (const [project, environments] of Object.entries(state.projects)) {
      for (const [environment, services] of Object.entries(environments)) {
        for (const [service, found] of Object.entries(services)) {
          const known = merged.projects[project]?.[environment]?.[service];
          const value = known === undefined ? found : mergeServices(known, found);
          merged = withService(merged, { project, environment, service }, value);
        }
      }
    }
    return merged;
  }, first);
}

function mergeServices(one: ServiceState, other: ServiceState): ServiceState {
  const [older, newer] = one.at > other.at ? [other, one] : [one, other];
  return isOfSameImage(older, newer) ? { ...older, ...newer } : newer;
}

export interface Place {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** The state with this for one service, and everything else as it was. */
export function withService(state: State, { project, environment, service }: Place, value: ServiceState): State {
  const environments = state.projects[project] ?? {};
  const services = { ...environments[environment], [service]: value };
  return { ...state, projects: { ...state.projects, [project]: { ...environments, [environment]: services } } };
}

/** A job may have built anew what an earlier attempt pushed: the digest of that is not the digest of this. */
function isOfSameImage(older: ServiceState, newer: ServiceState): boolean {
  if (newer.isUnfinished === true || older.isUnfinished === true) return false;
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
