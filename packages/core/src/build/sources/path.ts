import { hash } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { privateFolder } from '../../docker/cli-lines.ts';
import { printBytes } from '../../report/bytes.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { changedWhileSent, type Delta, sendContext } from './context-delta.ts';
import { sourceFolder } from './folder.ts';
import { type LocalSource, readLocalSource } from './local.ts';
import type { SourceOnServer, SourceTask } from './source.ts';
import { damaged, lockLines, superseded } from './sync-script.ts';

type PathTask = SourceTask<Extract<SourceSpec, { kind: 'path' }>>;

/** Sends what differs of this checkout to the build server; a small difference travels with the build's job. */
export async function openPath(context: Context, task: PathTask): Promise<SourceOnServer> {
  const { project, service, build } = task;
  // The files are read while the connection is being made.
  const root = join(dirname(project.file ?? 'drayage.yml'), task.source.path);
  const reading = readLocalSource({
    root,
    context: build.context,
    dockerfile: task.hasDockerfile ? build.dockerfile : undefined,
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
  const folder = folderOf(server, task, source);
  const again = async (): Promise<SourceOnServer> =>
    context.report.phase(`${title} again`, async (phase) => {
      phase.note('Another run replaced them in between.');
      const sent = await sendContext(server, folder, source, phase, context.signal);
      return { ...onServer(task, source, folder, sent), again };
    });
  return { ...onServer(task, source, folder, delta), again };
}

function onServer(task: PathTask, source: LocalSource, folder: string, delta: Delta): SourceOnServer {
  const { build, git } = task;
  const file = posix.basename(build.dockerfile);
  return {
    identity: identityOf(source),
    uniqueTag: `tree-${source.tree.root.slice(0, 12)}`,
    commit: git,
    context: posix.join(folder, posix.basename(folder)),
    dockerfile: `dockerfile/${file}`,
    files: { ...steeringFiles(source), ...delta.files },
    script: `${privateFolder('sources')}
${steeringLines(source, file)}${delta.script}`,
    hold: `${lockLines(folder, '-s', 'waiting for sources that another run is sending')}
[ "$(cat ${quote(`${folder}/root`)} 2>/dev/null)" = ${source.tree.root} ] || exit ${superseded}`,
    diagnose: (log, exitCode) => (exitCode === damaged ? changedWhileSent(log) : undefined),
  };
}

/** Services share a copy when they build the same folder by the same rules; the Dockerfile is not part of it. */
function folderOf(server: Server, { project, source, build }: PathTask, { ownIgnore }: LocalSource): string {
  const rules = ownIgnore === undefined ? [] : [build.dockerfile];
  return sourceFolder(server.account.stateDir, project, 'path', source.path, build.context, ...rules);
}

/** The context by content, and the files beside it that count. */
function identityOf({ tree, dockerfile = '', ownIgnore = '' }: LocalSource): string {
  return [tree.root, hash('sha256', dockerfile), hash('sha256', ownIgnore)].join(' ');
}

/** The Dockerfile travels with the job: it may lie outside of the context, or be ignored in it. */
function steeringFiles({ dockerfile, ownIgnore }: LocalSource): Record<string, string> {
  return {
    ...(dockerfile === undefined ? {} : { 'the-dockerfile': dockerfile }),
    ...(ownIgnore === undefined ? {} : { 'the-dockerignore': ownIgnore }),
  };
}

function steeringLines({ dockerfile, ownIgnore }: LocalSource, file: string): string {
  const place = `mkdir dockerfile && mv the-dockerfile dockerfile/${quote(file)} || exit 1\n`;
  const ignore = `mv the-dockerignore dockerfile/${quote(`${file}.dockerignore`)}\n`;
  return `${dockerfile === undefined ? '' : place}${ownIgnore === undefined ? '' : ignore}`;
}

function describe({ tree }: LocalSource, { added, removed, bytes }: Delta): string {
  const files = tree.entries.filter(({ kind }) => kind !== 'folder');
  const size = files.reduce((sum, { size }) => sum + size, 0);
  const all = `${files.length} files, ${printBytes(size)}`;
  return added + removed === 0
    ? `${all}: nothing changed`
    : `${all}: ${added} new or changed, ${removed} replaced or gone, ${printBytes(bytes)} to send`;
}
