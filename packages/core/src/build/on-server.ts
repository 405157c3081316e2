import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BuildSpec, ServiceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { cliLines, pluginFolders } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import { runBuild } from './apply.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import { diagnoseBuild } from './diagnose.ts';
import { gateLines, inspectLines, slotLines } from './job-lines.ts';
import { planBuild } from './plan.ts';
import { missingTool } from '../tools/wanted.ts';
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
 * Brings the source to a build server and builds there: one job fetches, waits for a slot, prepares and builds. Throws what buildService throws.
 */
export async function buildOnServer(context: Context, task: ServerTask): Promise<BuildResult> {
  const { project, service, build } = task;
  const here = typeHere(project, service, build);
  const hasDockerfile = here === undefined || buildTypes[here].hasDockerfile;
  let source = await openSource(context, { ...task, source: service.source, hasDockerfile });
  const isReady = await settled(task.ready);
  const server = await context.connect(task.server);
  const typeName = here ?? (await typeOnServer(context, server, service, source));
  if (build.type === 'auto') tellType(context, task, typeName);
  const type = buildTypes[typeName];
  for (let round = 1; round <= mostRounds; round += 1) {
    const recipe = type.plan({ project, service, build, context: source.context, dockerfile: source.dockerfile });
    const plan = planBuild({
      project,
      service,
      build,
      commit: source.commit,
      uniqueTag: source.uniqueTag,
      recipe,
      plugins: pluginFolders(server.account),
    });
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
      const result = { image: plan.names[0], names: plan.names, imageId, sourceCommit: source.commit.sha, user };
      return { ...result, platforms: [platform], server: server.name };
    }
    if (source.again === undefined) {
      throw new DrayageError('INTERNAL_BUG', `The sources of ${service.name} were replaced while they were locked.`);
    }
    source = await source.again();
  }
  const what = `Other runs keep replacing the sources of ${service.name} on ${server.name}.`;
  throw new DrayageError('SOURCE_CHANGED', what, { hint: concurrencyHint });
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
    slotLines(slots),
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
