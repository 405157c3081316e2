import { hash } from 'node:crypto';
import { posix } from 'node:path';
import type { Context } from '../../context.ts';
import { privateFolder } from '../../docker/cli-lines.ts';
import { printBytes } from '../../report/bytes.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import type { LocalContext } from './contents.ts';
import { changedWhileSent, type Delta, sendContext } from './context-delta.ts';
import { dockerfileOf } from './dockerfile-path.ts';
import { sourceFolder } from './folder.ts';
import { type Copy, holdLines } from './hold.ts';
import { missingTarget, stagesOf } from './missing.ts';
import { namedContexts } from './named-contexts.ts';
import type { SourceOnServer, SourceTask } from './source.ts';
import { damaged, deltaFile } from './sync-script.ts';

/** A source that this machine has and sends: its contexts, and the files that steer the build. */
export interface SentSource {
  /** The build context; undefined: an empty one. */
  readonly main?: LocalContext;
  /** Named contexts. */
  readonly contexts: Readonly<Record<string, LocalContext>>;
  readonly dockerfile?: string;
  /** The .dockerignore file of this Dockerfile alone. */
  readonly ownIgnore?: string;
}

export interface Sending {
  readonly reading: Promise<SentSource>;
  /** What tells this source's copy on the server from others. Services share one when these are the same. */
  readonly main: readonly string[];
  readonly named: (name: string) => readonly string[];
}

/** A context with its place on the server and what brings it there. */
interface Sent {
  /** undefined for the build context itself. */
  readonly name?: string;
  readonly folder: string;
  readonly local: LocalContext;
  readonly delta: Delta;
}

/** Sends what differs, each context to its own copy, side by side. The files are read while the connection is being made. */
export async function openSent(context: Context, task: SourceTask, sending: Sending): Promise<SourceOnServer> {
  const { reading } = sending;
  reading.catch(() => undefined);
  await task.reachable;
  const title = `Send the sources of ${task.service.name} to ${task.server}`;
  const connecting = context.connect(task.server);
  connecting.catch(() => undefined);
  const isEmpty = sending.main.length === 0 && Object.keys(namedContexts(task.build).folders).length === 0;
  if (isEmpty) return onServer(task, await reading, []);
  const send = async (server: Server, source: SentSource, phase: Phase) => {
    const wanted = contextsOf(server, task, source, sending);
    const sent = await Promise.all(
      wanted.map(async (one, index): Promise<Sent> => {
        const as = index === 0 ? deltaFile : `${deltaFile}-${index}`;
        return { ...one, delta: await sendContext(server, one.folder, one.local, phase, context.signal, as) };
      }),
    );
    return sent;
  };
  const [server, source, sent] = await context.report.phase(title, async (phase) => {
    const [connected, read] = await Promise.all([connecting, reading]);
    const all = await send(connected, read, phase);
    for (const one of all) phase.note(describe(one));
    return [connected, read, all] as const;
  });
  const again = async (): Promise<SourceOnServer> =>
    context.report.phase(`${title} again`, async (phase) => {
      phase.note('Another run replaced them in between.');
      return { ...onServer(task, source, await send(server, source, phase)), again };
    });
  return { ...onServer(task, source, sent), again };
}

/** The Dockerfile is not part of a copy; its own rules for what stays at home make another one. */
function contextsOf(server: Server, { project, build }: SourceTask, source: SentSource, { main, named }: Sending) {
  const rules = source.ownIgnore === undefined ? [] : [build.dockerfile];
  const { stateDir } = server.account;
  const first =
    source.main === undefined
      ? []
      : [{ name: undefined, local: source.main, folder: sourceFolder(stateDir, project, ...main, ...rules) }];
  const others = Object.entries(source.contexts).map(([name, local]) => ({
    name,
    local,
    folder: sourceFolder(stateDir, project, ...named(name)),
  }));
  return [...first, ...others];
}

/** Files of a copy lie below the copy's own name. */
const filesIn = (folder: string) => posix.join(folder, posix.basename(folder));

function onServer(task: SourceTask, source: SentSource, sent: readonly Sent[]): SourceOnServer {
  const { build, git, service, server } = task;
  const file = posix.basename(build.dockerfile);
  const main = sent.find(({ name }) => name === undefined);
  const folders = sent.flatMap(({ name, folder }) => (name === undefined ? [] : [[name, filesIn(folder)] as const]));
  const copies = sent.map(({ folder, local }): Copy => ({ folder, root: local.tree.root }));
  const deltas = sent.map(({ delta }) => delta.script).filter((script) => script !== '');
  const target = {
    service: service.name,
    server,
    dockerfile: dockerfileOf(task.source, build),
    stages: stagesOf(source.dockerfile ?? ''),
  };
  return {
    identity: [identityOf(source), ...namedContexts(build).moving].join(' '),
    uniqueTag: uniqueTag(source),
    commit: git,
    context: main === undefined ? 'no-context' : filesIn(main.folder),
    contexts: { ...Object.fromEntries(folders), ...namedContexts(build).references },
    dockerfile: `dockerfile/${file}`,
    files: Object.assign({}, steeringFiles(source), ...sent.map(({ delta }) => delta.files)),
    script: `${privateFolder('sources')}
${main === undefined ? 'mkdir no-context || exit 1\n' : ''}${steeringLines(source, file)}${deltas.join('\n')}`,
    hold: holdLines(copies),
    diagnose: (log, exitCode) =>
      exitCode === damaged && sent.length > 0 ? changedWhileSent(log) : missingTarget(log, target),
  };
}

/** The contexts by content, and the files beside them that count. */
function identityOf({ main, contexts, dockerfile = '', ownIgnore = '' }: SentSource): string {
  const named = Object.entries(contexts).map(([name, { tree }]) => `${name}=${tree.root}`);
  return [main?.tree.root ?? '', ...named, hash('sha256', dockerfile), hash('sha256', ownIgnore)].join(' ');
}

/** The Dockerfile counts where there is nothing else; elsewhere it changes less than the rest. */
function uniqueTag({ main, contexts, dockerfile = '' }: SentSource): string {
  const roots = [main, ...Object.values(contexts)].flatMap((local) => local?.tree.root ?? []);
  const parts = main === undefined ? [hash('sha256', dockerfile), ...roots] : roots;
  const [only = '', ...more] = parts;
  const digest = more.length === 0 ? only : hash('sha256', parts.join('\n'));
  return `${main === undefined ? 'text' : 'tree'}-${digest.slice(0, 12)}`;
}

/** The Dockerfile travels with the job: it may lie outside of the context, or be ignored in it. */
function steeringFiles({ dockerfile, ownIgnore }: SentSource): Record<string, string> {
  return {
    ...(dockerfile === undefined ? {} : { 'the-dockerfile': dockerfile }),
    ...(ownIgnore === undefined ? {} : { 'the-dockerignore': ownIgnore }),
  };
}

function steeringLines({ dockerfile, ownIgnore }: SentSource, file: string): string {
  const place = `mkdir dockerfile && mv the-dockerfile dockerfile/${quote(file)} || exit 1\n`;
  const ignore = `mv the-dockerignore dockerfile/${quote(`${file}.dockerignore`)}\n`;
  return `${dockerfile === undefined ? '' : place}${ownIgnore === undefined ? '' : ignore}`;
}

function describe({ name, local, delta }: Sent): string {
  const { added, removed, bytes } = delta;
  const files = local.tree.entries.filter(({ kind }) => kind !== 'folder');
  const size = files.reduce((sum, { size }) => sum + size, 0);
  const all = `${name === undefined ? '' : `${name}: `}${files.length} ${files.length === 1 ? 'file' : 'files'}, ${printBytes(size)}`;
  return added + removed === 0
    ? `${all}: nothing changed`
    : `${all}: ${added} new or changed, ${removed} replaced or gone, ${printBytes(bytes)} to send`;
}
