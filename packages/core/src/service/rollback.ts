import type { ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import type { RunSpec } from '../docker/run-spec.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import { deploymentHistory, type HistoryEntry, type HistoryRequest, placeOf } from './history.ts';
import { type DeploymentRecord, deploymentPaths } from './record.ts';
import { refreshed } from './refreshed.ts';
import { type DeployResult, roll } from './roll.ts';
import { referencesIn } from './run-spec.ts';

export interface RollbackRequest extends HistoryRequest {
  /** Id of the deployment to go back to, or its beginning; the one before the current one where undefined. */
  readonly to?: string;
  /** Takes secrets of the same names from drayage.yml instead of those stored with the deployment. */
  readonly refreshSecrets?: boolean;
  readonly dryRun?: boolean;
  /** Told what will be deployed again, before anything changes. */
  readonly onTarget?: (record: DeploymentRecord) => void;
  /** The lock, where the caller holds it on all nodes (and the proxy's) already. */
  readonly lease?: Lease;
  /** Milliseconds to wait for a lock that another run holds; 75 s by default. */
  readonly lockWait?: number;
}

/** Deploys an earlier deployment's stored manifest again, by digest. Needs none of its secrets from the caller. */
export async function rollbackService(context: Context, request: RollbackRequest): Promise<DeployResult> {
  const history = await deploymentHistory(context, request);
  const target = chooseTarget(request.service, history, request.to);
  return again(context, request, target, `Roll back to ${target.id}`, false);
}

/** Deploys what serves now once more: new containers of the same image and settings. */
export async function redeployService(context: Context, request: RollbackRequest): Promise<DeployResult> {
  const history = await deploymentHistory(context, request);
  const current = history.find((entry) => entry.isCurrent)?.record;
  if (current === undefined) {
    throw new DrayageError('DEPLOYMENT_NOT_FOUND', `Service ${request.service} was never deployed here.`, {
      hint: 'drayage up',
    });
  }
  return again(context, request, current, `Redeploy ${current.id}`, true);
}

/** The newest successful deployment that differs from the current one, or the one asked for. */
export function chooseTarget(service: string, history: readonly HistoryEntry[], to?: string): DeploymentRecord {
  const current = history.find((entry) => entry.isCurrent)?.record;
  const done = history.map((entry) => entry.record).filter((record) => record.status === 'done');
  if (to === undefined) {
    const older = done.find(
      (record) => current !== undefined && record.id < current.id && record.specHash !== current.specHash,
    );
    if (older !== undefined) return older;
    throw new DrayageError(
      'DEPLOYMENT_NOT_FOUND',
      `Service ${service} has no earlier deployment to go back to; ${done.length} succeeded so far.`,
      { hint: `drayage history --service ${service}` },
    );
  }
  const matches = done.filter((record) => record.id.startsWith(to));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  const failed = history.find((entry) => entry.record.id.startsWith(to) && entry.record.status !== 'done');
  const why =
    matches.length > 1
      ? `${matches.length} deployments begin with it`
      : failed === undefined
        ? 'there is no record of it'
        : `it did not succeed (${failed.record.status})`;
  throw new DrayageError('DEPLOYMENT_NOT_FOUND', `Service ${service} cannot go back to '${to}': ${why}.`, {
    hint: `drayage history --service ${service}`,
  });
}

async function again(
  context: Context,
  request: RollbackRequest,
  record: DeploymentRecord,
  title: string,
  force: boolean,
): Promise<DeployResult> {
  request.onTarget?.(record);
  const { service, resource } = placeOf(request);
  const stored = await readSecrets(context, await holderOf(context, service), resource, record.spec);
  const run =
    request.refreshSecrets === true
      ? refreshed(resource, service, record.spec, stored)
      : { spec: record.spec, secrets: stored };
  return roll(context, {
    project: request.project,
    service,
    image: record.pinnedImage,
    mode: record.mode,
    resolve: () => run,
    commit: record.commit,
    title,
    force,
    dryRun: request.dryRun ?? false,
    lease: request.lease,
    lockWait: request.lockWait,
  });
}

async function holderOf(context: Context, service: ServiceSpec): Promise<readonly Server[]> {
  return Promise.all(service.deploy.servers.map((name) => context.connect(name)));
}

/** Every reference that is not a Swarm secret has its content in a file of some node. */
async function readSecrets(
  context: Context,
  servers: readonly Server[],
  resource: string,
  spec: RunSpec,
): Promise<ReadonlyMap<string, string>> {
  const names = referencesIn(spec);
  const found = new Map<string, string>();
  if (names.length === 0) return found;
  await Promise.all(
    servers.map(async (server) => {
      const { secrets } = deploymentPaths(server.account.stateDir, resource);
      const script = names
        .map(
          (name) =>
            `[ -e ${quote(`${secrets}/${name}`)} ] && echo "${name} $(base64 <${quote(`${secrets}/${name}`)} | tr -d '\\n')"`,
        )
        .join('\n');
      const { stdout } = await server.script(`${script}\n:`, {
        purpose: 'Reading the stored secrets',
        repeatable: true,
      });
      for (const line of stdout.split('\n')) {
        const [name, content] = line.split(' ');
        if (name !== undefined && content !== undefined)
          found.set(name, Buffer.from(content, 'base64').toString('utf8'));
      }
    }),
  );
  for (const value of found.values()) context.report.mask(value);
  return found;
}
