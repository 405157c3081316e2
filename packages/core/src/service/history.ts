import type { Project } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import { pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import { type DeploymentRecord, deploymentPaths, parseRecord } from './record.ts';

export interface HistoryEntry {
  readonly record: DeploymentRecord;
  /** The nodes that have it. */
  readonly servers: readonly string[];
  /** Whether it is what serves now. */
  readonly isCurrent: boolean;
}

export interface HistoryRequest {
  readonly project: Project;
  readonly service: string;
}

/** The deployments of a service on all its nodes, the newest first. */
export async function deploymentHistory(context: Context, request: HistoryRequest): Promise<readonly HistoryEntry[]> {
  const { servers, resource } = placeOf(request);
  const perNode = await Promise.all(
    servers.map(async (name) => readHistory(await context.connect(name), resource, context.signal)),
  );
  const byId = new Map<string, HistoryEntry>();
  for (const [index, entries] of perNode.entries()) {
    const server = servers[index] ?? '';
    for (const { record, isCurrent } of entries) {
      const seen = byId.get(record.id);
      byId.set(record.id, {
        // One node may have failed where others succeeded: the failure is what the reader must see.
        record: seen === undefined || seen.record.status === 'done' ? record : seen.record,
        servers: [...(seen?.servers ?? []), server],
        isCurrent: isCurrent || (seen?.isCurrent ?? false),
      });
    }
  }
  return [...byId.values()].sort((a, b) => (a.record.id < b.record.id ? 1 : -1));
}

/** Name and servers of a service. Throws INPUT_INVALID when the project has none of that name. */
export function placeOf({ project, service: name }: HistoryRequest) {
  const service = pickService(project, name);
  const owner = ownerOf(project, service);
  return { service, owner, resource: resourceName(owner), servers: service.deploy.servers };
}

interface NodeEntry {
  readonly record: DeploymentRecord;
  readonly isCurrent: boolean;
}

export async function readHistory(
  server: Server,
  resource: string,
  signal?: AbortSignal,
): Promise<readonly NodeEntry[]> {
  const { stdout } = await server.script(historyScript(server.account.stateDir, resource), {
    purpose: 'Reading the deployments',
    repeatable: true,
    signal,
  });
  return parseHistory(stdout);
}

/** The log of a running deployment is locked by its job: a record that says running with a free log is of a dead one. */
function historyScript(stateDir: string, resource: string): string {
  const { folder } = deploymentPaths(stateDir, resource);
  return `cd ${quote(folder)} 2>/dev/null || exit 0
echo "current $(cat current 2>/dev/null)"
for record in $(ls -r | grep '\\.json$'); do
  life=ended
  if grep -qF '"status":"running"' "$record"; then
    life=running
    [ -e "\${record%.json}.log" ] && flock -n "\${record%.json}.log" true && life=dead
  fi
  printf '%s ' "$life"
  cat "$record"
done
`;
}

export function parseHistory(output: string): readonly NodeEntry[] {
  const lines = output.split('\n');
  const current = lines.find((line) => line.startsWith('current '))?.slice('current '.length);
  return lines.flatMap((line) => {
    const [life = ''] = line.split(' ', 1);
    const record = ['ended', 'running', 'dead'].includes(life) ? parseRecord(line.slice(life.length + 1)) : undefined;
    if (record === undefined) return [];
    return [{ record: life === 'dead' ? deadRecord(record) : record, isCurrent: record.id === current }];
  });
}

function deadRecord(record: DeploymentRecord): DeploymentRecord {
  const errorMessage = 'The deployment ended without a result: the node was restarted, or its job was killed.';
  return { ...record, status: 'error', errorCode: 'JOB_LOST', errorMessage };
}
