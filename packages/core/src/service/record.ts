import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { RunIdentity } from '../context.ts';
import type { RunSpec } from '../docker/run-spec.ts';
import type { Slot } from '../proxy/slot.ts';

export type DeploymentStatus = 'running' | 'done' | 'error' | 'cancelled';

/** What a node remembers of one deployment: `<stateDir>/deployments/<resource>/<id>.json`, one line of JSON, mode 0600. */
export interface DeploymentRecord {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly status: DeploymentStatus;
  /** RFC 3339, UTC, by the node's clock. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly commit?: string;
  readonly pinnedImage: string;
  readonly previousImage?: string;
  readonly resource: string;
  readonly service: string;
  readonly mode: 'swarm' | 'standalone';
  readonly strategy: string;
  readonly slot?: Slot;
  readonly who: string;
  readonly run: string;
  readonly runUrl?: string;
  /** On the node. */
  readonly logPath: string;
  readonly specHash: string;
  /** Secrets by reference. */
  readonly spec: RunSpec;
}

/** What is known when a deployment begins; the node adds the rest. */
export type RecordHead = Omit<DeploymentRecord, 'status' | 'startedAt' | 'finishedAt' | 'errorCode' | 'errorMessage'>;

const envelope = z.lazy(() =>
  z.object({
    id: z.string(),
    title: z.string(),
    status: z.enum(['running', 'done', 'error', 'cancelled']),
    startedAt: z.string(),
    pinnedImage: z.string(),
    resource: z.string(),
    service: z.string(),
    mode: z.enum(['swarm', 'standalone']),
    logPath: z.string(),
    specHash: z.string(),
    spec: z.looseObject({ image: z.string(), replicas: z.number() }),
  }),
);

/**
 * Sorts by time as text, also within a second: `20261121t113212z-1f44c9`, where the first three digits after the hyphen
 * are the milliseconds (hexadecimal) and the rest is random.
 */
export function newDeploymentId(now = new Date(), random = randomBytes(2).toString('hex').slice(1)): string {
  const time = now
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'z')
    .toLowerCase();
  const milliseconds = now.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${time}-${milliseconds}${random}`;
}

/** The record without its closing brace: the node appends status and times and closes it, needing no JSON tool. */
export function recordHead(head: RecordHead): string {
  return JSON.stringify(head).slice(0, -1);
}

/** undefined for text that is no record, such as one cut short by a full disk. */
export function parseRecord(text: string): DeploymentRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return envelope.safeParse(value).success ? (value as DeploymentRecord) : undefined;
}

/** Who asked: for records and lock messages. */
export function runFields(run: RunIdentity): Pick<DeploymentRecord, 'who' | 'run' | 'runUrl'> {
  return { who: run.who, run: run.id, ...(run.url === undefined ? {} : { runUrl: run.url }) };
}

export function deploymentPaths(stateDir: string, resource: string) {
  const folder = `${stateDir}/deployments/${resource}`;
  return {
    folder,
    record: (id: string) => `${folder}/${id}.json`,
    log: (id: string) => `${folder}/${id}.log`,
    /** Names the deployment that serves. */
    current: `${folder}/current`,
    secrets: `${stateDir}/secrets`,
  };
}
