import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { BuildSpec, ServiceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { cliLines, pluginFolders } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { missingTool } from '../tools/wanted.ts';
import type { Server } from '../transport/server.ts';
import { runBuild } from './apply.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import { diagnoseBuild } from './diagnose.ts';
import { repositoryOf } from './drivers/arguments.ts';
import type { OutputKind } from './drivers/choice.ts';
import { builderFor, choiceFor, isForEngine } from './drivers/for-task.ts';
import { refuseImpossible } from './drivers/refuse.ts';
import { gateLines, inspectLines } from './job-lines.ts';
import type { Naming } from './names.ts';
import { planBuild } from './plan.ts';
import { readPushed } from './pushed.ts';
import { Bases } from './skip/bases.ts';
import { buildRecordPath } from './skip/record-path.ts';
import { recall, remember } from './skip/remember.ts';
import { inputsOf, keyOf, skipped } from './skip/skip.ts';
import { slotLines } from './slot-lines.ts';
import { concurrencyHint } from './sources/context-delta.ts';
import { dockerfileOf } from './sources/dockerfile-path.ts';
import { openSource } from './sources/open.ts';
import type { SourceOnServer } from './sources/source.ts';
import { typeHere, typeNote } from './types/detect.ts';
import { type Supposition, supposeType } from './types/supposed.ts';
import type { Recipe } from './types/type.ts';
import { buildTypes } from './types/types.ts';

/** A build on one server. */
export interface ServerTask extends Omit<BuildRequest, 'service'> {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** Name of the build server. */
  readonly server: string;
  /** What is built here; default: all of the build's platforms. */
  readonly platforms?: readonly string[];
}

/** How often another run may replace the sources between sending them and locking them for the build. */
const mostRounds = 8;

/**
 * Brings the source to a build server and builds there: one job fetches, waits for a slot, prepares and builds. Where the last build was made of the
 * same, nothing is built. Throws what buildService throws.
 */
export async function buildOnServer(context: Context, task: ServerTask): Promise<BuildResult> {
  const { project, service, build } = task;
  const here = typeHere(project, service, build);
  const early = here && buildTypes[here];
  const choice = choiceFor(task);
  refuseImpossible(choice);
  if (choice.driver === 'remote') {
    const { buildRemotely } = await import('./remote/build.ts');
    return buildRemotely(context, task, choice);
  }
  // Whether a source that the server fetches has one is looked into there.
  const hasDockerfile = early?.hasDockerfile ?? false;
  const opening = openSource(context, { ...task, source: service.source, hasDockerfile });
  opening.catch(() => undefined);
  await task.reachable;
  const server = await context.connect(task.server);
  const path = buildRecordPath(project, service, task.platforms);
  const [opened, record] = await Promise.all([
    opening,
    build.noCache ? undefined : recall(server, path, context.signal),
  ]);
  const naming = namingOf(task, opened);
  const input = { ...task, path, naming, output: choice.output, key: keyOf(task, opened.identity) };
  const known = await skipped(context, server, input, record);
  if (known !== undefined) return known;
  let source = opened;
  const isReady = await settled(task.ready);
  let supposition = here === undefined ? supposeType(service, build, source) : undefined;
  let type = buildTypes[here ?? supposition?.type ?? 'dockerfile'];
  if (here !== undefined && build.type === 'auto') context.report.note(typeNote(service, build, here));
  let builder = await builderFor(task, choice, server, type);
  for (let round = 1; round <= mostRounds; round += 1) {
    const { context: folder, contexts, dockerfile } = source;
    const recipe = type.plan({ project, service, build, context: folder, contexts, dockerfile, run: context.run.id });
    const plan = planBuild({
      ...naming,
      build,
      recipe,
      plugins: pluginFolders(server.account),
      platforms: task.platforms,
      ...(isForEngine(task, recipe) ? {} : { output: choice.output, builder }),
    });
    const isInEngine = plan.output === 'engine';
    const bases = new Bases();
    const image = await runBuild(
      context,
      server,
      {
        name: `build-${resourceName(ownerOf(project, service))}`,
        titles: titlesOf(source, recipe, `Build ${service.name}${forPlatform(task)} on ${server.name}`),
        script: jobScript(server, task, { source, supposition, recipe, build: plan.script, isReady, isInEngine }),
        gate: isReady ? undefined : task.ready,
        files: { ...source.files, ...plan.files },
        timeout: build.timeout,
        followUp: isInEngine ? task.followUp?.(plan.names) : undefined,
        isInEngine,
        onOutput: (text) => bases.read(text),
      },
      (log, part, exitCode) => {
        const wasFetching = source.title !== undefined && part === 0;
        const dockerfile = dockerfileOf(service.source, build);
        const { registries } = project;
        const blamed = { service: service.name, server: server.name, dockerfile, registries };
        return (
          source.diagnose(log, exitCode, wasFetching) ??
          missingTool(log, service, server.name) ??
          type.diagnose?.(log, { service, build, server: server.name }) ??
          diagnoseBuild(log, blamed)
        );
      },
    );
    if (typeof image === 'object') {
      const { imageId, platform, user } = image;
      const made = { imageId, sourceCommit: source.commit.sha, server: server.name };
      const there = isInEngine
        ? { image: plan.names[0], names: plan.names, platforms: [platform], user }
        : await pushedImage(context, server, task, { names: plan.names, output: plan.output, digest: imageId });
      const from = recipe.kind === 'program' ? undefined : bases.known();
      const { sourceCommit: commit } = made;
      const record = {
        key: input.key,
        inputs: inputsOf(task),
        imageId,
        isInEngine,
        platforms: [...there.platforms],
        user: there.user,
        commit,
        last: commit,
      };
      return { ...made, ...there, remember: (pushed) => remember(server, path, { ...record, bases: from, pushed }) };
    }
    if (image === 'other-type' && supposition !== undefined) {
      const other = supposition.otherwise();
      context.report.note(typeNote(service, build, other));
      type = buildTypes[other];
      builder = await builderFor(task, choice, server, type);
      supposition = undefined;
      continue;
    }
    if (source.again === undefined) {
      throw new DrayageError('INTERNAL_BUG', `The sources of ${service.name} were replaced while they were locked.`);
    }
    // Two that keep step would replace each other's for ever.
    await sleep(Math.random() * 200 * round, undefined, { signal: context.signal });
    source = await source.again();
  }
  const what = `Other runs keep replacing the sources of ${service.name} on ${server.name}.`;
  throw new DrayageError('SOURCE_CHANGED', what, { hint: concurrencyHint });
}

/** What BuildKit itself has pushed; one that is to become part of an index has no tag. */
async function pushedImage(
  context: Context,
  through: Server,
  { project }: ServerTask,
  {
    names,
    output,
    digest,
  }: { readonly names: BuildResult['names']; readonly output: OutputKind; readonly digest: string },
) {
  const [name = ''] = names;
  const pushed = await readPushed(context, { project, name, digest, through });
  const called = output === 'push' ? names : [`${repositoryOf(name)}@${digest}`];
  return { ...pushed, digest, image: called[0] ?? '', names: called };
}

function namingOf({ project, service }: ServerTask, { commit, uniqueTag }: SourceOnServer): Naming {
  return { project, service, commit, uniqueTag };
}

/** Where several servers build, each for its platform. */
function forPlatform({ platforms, build }: ServerTask): string {
  return platforms === undefined || build.platforms.length <= 1 ? '' : ` for ${platforms.join(', ')}`;
}

/** One for each part of the job that takes time of its own; `jobScript` marks them in the same order. */
function titlesOf(source: SourceOnServer, recipe: Recipe, build: string): string[] {
  return [source.title, recipe.prepare?.title, build].filter((title) => title !== undefined);
}

interface JobParts {
  readonly source: SourceOnServer;
  readonly supposition: Supposition | undefined;
  readonly recipe: Recipe;
  /** Shell text. */
  readonly build: string;
  /** Whether the server is known to be able to build; else the job does so far what it can. */
  readonly isReady: boolean;
  readonly isInEngine: boolean;
}

const nextStage = "echo '@drayage stage'";

function jobScript(server: Server, task: ServerTask, parts: JobParts): string {
  const { source, supposition, recipe, build, isReady, isInEngine } = parts;
  const slots = task.project.servers[task.server]?.slots ?? 1;
  return [
    cliLines(server.account),
    source.script,
    supposition?.script ?? '',
    source.title === undefined ? '' : nextStage,
    isReady ? '' : gateLines,
    slotLines(slots, `${task.service.name} of ${task.project.name} (${task.project.environment})`),
    source.hold,
    recipe.prepare === undefined ? '' : `${recipe.prepare.script}\n${nextStage}`,
    build,
    isInEngine ? inspectLines : '',
  ]
    .filter((lines) => lines !== '')
    .join('\n');
}

/** Whether a promise has resolved by now; rejects where it has rejected. */
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return true;
  return Promise.race([promise.then(() => true), nextTurn(false)]);
}
