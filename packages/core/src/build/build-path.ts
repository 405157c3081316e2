import { dirname, join, posix } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BuildSpec, ServiceSpec, SourceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { cliLines, pluginFolders, privateFolder } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import { runBuild } from './apply.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import { changedWhileSent, concurrencyHint, type Delta, sendContext } from './context-delta.ts';
import { diagnoseBuild } from './diagnose.ts';
import { buildLines, gateLines, slotLines } from './job-lines.ts';
import { planBuild, sourceFolder } from './plan.ts';
import { type LocalSource, readLocalSource } from './source-path.ts';
import { damaged, lockLines, superseded } from './sync-script.ts';

type PathSource = Extract<SourceSpec, { kind: 'path' }>;

export interface Task<Source> extends Omit<BuildRequest, 'service'> {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  readonly server: string;
  readonly source: Source;
}

/** How often another run may replace the sources between sending them and locking them for the build. */
const mostRounds = 4;

/** Sends what differs of this checkout to the build server, and builds there. */
export async function buildFromPath(context: Context, task: Task<PathSource>): Promise<BuildResult> {
  const { project, service, build, git } = task;
  // The files are read while the connection is being made.
  const root = join(dirname(project.file ?? 'drayage.yml'), task.source.path);
  const reading = readLocalSource({
    root,
    context: build.context,
    dockerfile: build.dockerfile,
    signal: context.signal,
  });
  reading.catch(() => undefined);
  await task.reachable;
  const title = `Send the sources of ${service.name} to ${task.server}`;
  const connecting = context.connect(task.server);
  const [server, source, delta] = await context.report.phase(title, async (phase) => {
    const [connected, read] = await Promise.all([connecting, reading]);
    const sent = await sendContext(connected, folderOf(connected, task, read), read, phase, context.signal);
    phase.note(describe(read, sent));
    return [connected, read, sent] as const;
  });
  const isReady = await settled(task.ready);
  const folder = folderOf(server, task, source);
  const file = posix.basename(build.dockerfile);
  const plan = planBuild({
    project,
    service,
    build,
    commit: git,
    uniqueTag: `tree-${source.tree.root.slice(0, 12)}`,
    context: posix.join(folder, posix.basename(folder)),
    dockerfile: `dockerfile/${file}`,
    plugins: pluginFolders(server.account),
  });
  const blamed = {
    service: service.name,
    server: server.name,
    registries: project.registries,
    dockerfile: posix.join(task.source.path, build.dockerfile),
  };
  for (let round = 1, current = delta; round <= mostRounds; round += 1) {
    const image = await runBuild(
      context,
      server,
      {
        name: `build-${resourceName(ownerOf(project, service))}`,
        titles: [`Build ${service.name} on ${server.name}`],
        script: pathScript(server, task, { folder, source, file, argv: plan.argv, delta: current, isReady }),
        gate: isReady ? undefined : task.ready,
        files: { ...plan.files, ...steeringFiles(source), ...current.files },
        timeout: build.timeout,
        followUp: task.followUp?.(plan.names),
      },
      (log, _part, exitCode) => (exitCode === damaged ? changedWhileSent(log) : diagnoseBuild(log, blamed)),
    );
    if (image !== undefined) {
      return {
        image: plan.names[0],
        names: plan.names,
        imageId: image.imageId,
        sourceCommit: git.sha,
        platforms: [image.platform],
        user: image.user,
        server: server.name,
      };
    }
    current = await context.report.phase(`${title} again`, (phase) => {
      phase.note('Another run replaced them in between.');
      return sendContext(server, folder, source, phase, context.signal);
    });
  }
  const what = `Other runs keep replacing the sources of ${service.name} on ${server.name}.`;
  throw new DrayageError('SOURCE_CHANGED', what, { hint: concurrencyHint });
}

/** Services share a copy when they build the same folder by the same rules; the Dockerfile is not part of it. */
function folderOf(server: Server, { project, source, build }: Task<PathSource>, { ownIgnore }: LocalSource): string {
  const rules = ownIgnore === undefined ? [] : [build.dockerfile];
  return sourceFolder(server.account.stateDir, project, 'path', source.path, build.context, ...rules);
}

/** The Dockerfile travels with the job: it may lie outside of the context, or be ignored in it. */
function steeringFiles({ dockerfile, ownIgnore }: LocalSource): Record<string, string> {
  return { 'the-dockerfile': dockerfile, ...(ownIgnore === undefined ? {} : { 'the-dockerignore': ownIgnore }) };
}

interface PathJob {
  readonly folder: string;
  readonly source: LocalSource;
  /** Base name of the Dockerfile. */
  readonly file: string;
  readonly argv: readonly [string, ...string[]];
  readonly delta: Delta;
  /** Whether the server is known to be able to build; else the job does so far what it can. */
  readonly isReady: boolean;
}

function pathScript(
  server: Server,
  task: Task<PathSource>,
  { folder, source, file, argv, delta, isReady }: PathJob,
): string {
  const slots = task.project.servers[task.server]?.slots ?? 1;
  const ignoreLine =
    source.ownIgnore === undefined ? '' : `mv the-dockerignore dockerfile/${quote(`${file}.dockerignore`)}`;
  return `${privateFolder('sources')}
${cliLines(server.account)}
mkdir dockerfile && mv the-dockerfile dockerfile/${quote(file)} || exit 1
${ignoreLine}
${delta.script}
${isReady ? '' : gateLines}${slotLines(slots)}
${lockLines(folder, '-s', 'waiting for sources that another run is sending')}
[ "$(cat ${quote(`${folder}/root`)} 2>/dev/null)" = ${source.tree.root} ] || exit ${superseded}
${buildLines(argv)}`;
}

/** Whether a promise has resolved by now; rejects where it has rejected. */
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return true;
  return Promise.race([promise.then(() => true), nextTurn(false)]);
}

function describe({ tree }: LocalSource, { added, removed, bytes }: Delta): string {
  const files = tree.entries.filter(({ kind }) => kind !== 'folder');
  const size = files.reduce((sum, { size }) => sum + size, 0);
  const all = `${files.length} files, ${inUnits(size)}`;
  return added + removed === 0
    ? `${all}: nothing changed`
    : `${all}: ${added} new or changed, ${removed} replaced or gone, ${inUnits(bytes)} to send`;
}

function inUnits(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
