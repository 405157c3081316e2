import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { gateLines, inspectLines } from './job-lines.ts';
import { imageLabels, imageNames, type Naming } from './names.ts';
import { planBuild } from './plan.ts';
import { Bases } from './skip/bases.ts';
import { buildKey } from './skip/key.ts';
import type { BuildRecord } from './skip/record.ts';
import { buildRecordPath } from './skip/record-path.ts';
import { recall, remember } from './skip/remember.ts';
import { unchangedImage } from './skip/unchanged.ts';
import { slotLines } from './slot-lines.ts';
import { concurrencyHint } from './sources/context-delta.ts';
import { dockerfileOf } from './sources/dockerfile-path.ts';
import { openSource } from './sources/open.ts';
import type { SourceOnServer } from './sources/source.ts';
import { tellType, typeHere, typeOnServer } from './types/detect.ts';
import type { Recipe } from './types/type.ts';
import { buildTypes } from './types/types.ts';

/** A build on one server. */
export interface ServerTask extends Omit<BuildRequest, 'service'> {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** Name of the build server. */
  readonly server: string;
}

/** How often another run may replace the sources between sending them and locking them for the build. */
const mostRounds = 4;

/**
 * Brings the source to a build server and builds there: one job fetches, waits for a slot, prepares and builds. Where the last build was made of the
 * same, nothing is built. Throws what buildService throws.
 */
export async function buildOnServer(context: Context, task: ServerTask): Promise<BuildResult> {
  const { project, service, build } = task;
  const here = typeHere(project, service, build);
  const hasDockerfile = here === undefined || buildTypes[here].hasDockerfile;
  const opening = openSource(context, { ...task, source: service.source, hasDockerfile });
  opening.catch(() => undefined);
  await task.reachable;
  const server = await context.connect(task.server);
  const path = buildRecordPath(project, service);
  const [opened, record] = await Promise.all([
    opening,
    build.noCache ? undefined : recall(server, path, context.signal),
  ]);
  const known = await skipped(context, server, task, opened, record);
  if (known !== undefined) return known;
  let source = opened;
  const isReady = await settled(task.ready);
  const typeName = here ?? (await typeOnServer(context, server, service, source));
  if (build.type === 'auto') tellType(context, task, typeName);
  const type = buildTypes[typeName];
  for (let round = 1; round <= mostRounds; round += 1) {
    const recipe = type.plan({ project, service, build, context: source.context, dockerfile: source.dockerfile });
    const plan = planBuild({ ...namingOf(task, source), build, recipe, plugins: pluginFolders(server.account) });
    const bases = new Bases();
    const image = await runBuild(
      context,
      server,
      {
        name: `build-${resourceName(ownerOf(project, service))}`,
        titles: titlesOf(source, recipe, `Build ${service.name} on ${server.name}`),
        script: jobScript(server, task, { source, recipe, build: plan.script, isReady }),
        gate: isReady ? undefined : task.ready,
        files: { ...source.files, ...plan.files },
        timeout: build.timeout,
        followUp: task.followUp?.(plan.names),
        onOutput: (text) => bases.read(text),
      },
      (log, part, exitCode) => {
        const wasFetching = source.title !== undefined && part === 0;
        const blamed = { service: service.name, server: server.name, dockerfile: dockerfileOf(service.source, build) };
        return (
          source.diagnose(log, exitCode, wasFetching) ??
          missingTool(log, service, server.name) ??
          type.diagnose?.(log, { service, build, server: server.name }) ??
          diagnoseBuild(log, blamed)
        );
      },
    );
    if (image !== undefined) {
      const { imageId, platform, user } = image;
      const made = { key: keyOf(task, source), imageId, platform, user, commit: source.commit.sha };
      return {
        image: plan.names[0],
        names: plan.names,
        imageId,
        sourceCommit: source.commit.sha,
        platforms: [platform],
        user,
        server: server.name,
        remember: (pushed) =>
          remember(server, path, { ...made, bases: recipe.kind === 'program' ? undefined : bases.known(), pushed }),
      };
    }
    if (source.again === undefined) {
      throw new DrayageError('INTERNAL_BUG', `The sources of ${service.name} were replaced while they were locked.`);
    }
    source = await source.again();
  }
  const what = `Other runs keep replacing the sources of ${service.name} on ${server.name}.`;
  throw new DrayageError('SOURCE_CHANGED', what, { hint: concurrencyHint });
}

/** The image of the last build, where a new one would give the same; undefined: it has to be built. */
async function skipped(
  context: Context,
  server: Server,
  task: ServerTask,
  source: SourceOnServer,
  record: BuildRecord | undefined,
): Promise<BuildResult | undefined> {
  const { project, service } = task;
  if (record === undefined || record.key !== keyOf(task, source)) return undefined;
  const names = imageNames(namingOf(task, source));
  const inRegistry = service.image !== undefined;
  const found = await unchangedImage(server, project, { record, names, inRegistry }, context.signal);
  if (found === undefined) return undefined;
  const { imageId, platform, user, commit, pushed } = record;
  context.report.note(
    `${service.name}: nothing is built. Sources, inputs and base images are those of the last build on ${server.name}${commit === undefined || commit === source.commit.sha ? '' : `, of commit ${commit.slice(0, 12)}`} (--no-cache builds anew).`,
  );
  return {
    image: names[0],
    names,
    imageId,
    sourceCommit: source.commit.sha,
    platforms: [platform],
    user,
    server: server.name,
    digest: found.isPushed ? pushed : undefined,
    remember: async (digest) =>
      digest === pushed
        ? undefined
        : remember(server, buildRecordPath(project, service), { ...record, pushed: digest }),
  };
}

function namingOf({ project, service }: ServerTask, { commit, uniqueTag }: SourceOnServer): Naming {
  return { project, service, commit, uniqueTag };
}

/** Labels that tell the commit are no input: the next commit with the same source needs no other image. */
function keyOf({ project, service, build }: ServerTask, source: SourceOnServer): string {
  const labels = imageLabels({ project, service, commit: {}, uniqueTag: '' });
  return buildKey(source.identity, build, labels);
}

/** One for each part of the job that takes time of its own; `jobScript` marks them in the same order. */
function titlesOf(source: SourceOnServer, recipe: Recipe, build: string): string[] {
  return [source.title, recipe.prepare?.title, build].filter((title) => title !== undefined);
}

interface JobParts {
  readonly source: SourceOnServer;
  readonly recipe: Recipe;
  /** Shell text. */
  readonly build: string;
  /** Whether the server is known to be able to build; else the job does so far what it can. */
  readonly isReady: boolean;
}

const nextStage = "echo '@drayage stage'";

function jobScript(server: Server, task: ServerTask, { source, recipe, build, isReady }: JobParts): string {
  const slots = task.project.servers[task.server]?.slots ?? 1;
  return [
    cliLines(server.account),
    source.script,
    source.title === undefined ? '' : nextStage,
    isReady ? '' : gateLines,
    slotLines(slots, `${task.service.name} of ${task.project.name} (${task.project.environment})`),
    source.hold,
    recipe.prepare === undefined ? '' : `${recipe.prepare.script}\n${nextStage}`,
    build,
    inspectLines,
  ]
    .filter((lines) => lines !== '')
    .join('\n');
}

/** Whether a promise has resolved by now; rejects where it has rejected. */
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return true;
  return Promise.race([promise.then(() => true), nextTurn(false)]);
}
