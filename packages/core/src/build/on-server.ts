import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BuildSpec, ServiceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { cliLines, pluginFolders } from '../docker/cli-lines.ts';
import { readTraits } from '../docker/engine-traits.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import { runBuild } from './apply.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import { diagnoseBuild } from './diagnose.ts';
import { repositoryOf } from './drivers/arguments.ts';
import { chooseDriver, chooseOutput, reasonForContainer } from './drivers/choice.ts';
import { type ContainerBuilder, containerBuilder } from './drivers/container.ts';
import { type Choice, containerdKey, refuseImpossible, refuseOnClassicStore } from './drivers/refuse.ts';
import { gateLines, inspectLines, slotLines } from './job-lines.ts';
import { loadFrom } from './load.ts';
import { planBuild } from './plan.ts';
import { readPushed } from './pushed.ts';
import { buildRemotely } from './remote/build.ts';
import { concurrencyHint } from './sources/context-delta.ts';
import { dockerfileOf } from './sources/dockerfile-path.ts';
import { openSource } from './sources/open.ts';
import type { SourceOnServer } from './sources/source.ts';
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
const mostRounds = 4;

/**
 * Brings the source to a build server and builds there: one job fetches, waits for a slot, prepares and builds. Throws what buildService throws.
 */
export async function buildOnServer(context: Context, task: ServerTask): Promise<BuildResult> {
  const { project, service, build } = task;
  const type = buildTypes[build.type];
  const choice = choiceFor(task);
  refuseImpossible(choice);
  if (choice.driver === 'remote') return buildRemotely(context, task, choice);
  let source = await openSource(context, { ...task, source: service.source, hasDockerfile: type.hasDockerfile });
  const isReady = await settled(task.ready);
  const server = await context.connect(task.server);
  const builder = await builderFor(task, choice, server);
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
      platforms: task.platforms,
      ...(isForEngine(task, recipe) ? {} : { output: choice.output, builder }),
    });
    const isInEngine = plan.output === 'engine';
    const image = await runBuild(
      context,
      server,
      {
        name: `build-${resourceName(ownerOf(project, service))}`,
        titles: titlesOf(source, recipe, `Build ${service.name} on ${server.name}`),
        script: jobScript(server, task, { source, recipe, build: plan.script, isReady, isInEngine }),
        gate: isReady ? undefined : task.ready,
        files: { ...source.files, ...plan.files },
        timeout: build.timeout,
        followUp: isInEngine ? task.followUp?.(plan.names) : undefined,
        isInEngine,
      },
      (log, part, exitCode) => {
        const wasFetching = source.title !== undefined && part === 0;
        const blamed = { service: service.name, server: server.name, dockerfile: dockerfileOf(service.source, build) };
        return source.diagnose(log, exitCode, wasFetching) ?? diagnoseBuild(log, blamed);
      },
    );
    if (image !== undefined) {
      const { imageId, platform, user } = image;
      const result = { imageId, sourceCommit: source.commit.sha, server: server.name };
      if (isInEngine) {
        if (task.load === true) await loadHere(context, server, plan.names[0]);
        return { ...result, image: plan.names[0], names: plan.names, platforms: [platform], user };
      }
      const pushed = await readPushed(context, { project, name: plan.names[0], digest: imageId, through: server });
      const names = plan.output === 'push' ? plan.names : ([`${repositoryOf(plan.names[0])}@${imageId}`] as const);
      return { ...result, ...pushed, digest: imageId, image: names[0], names };
    }
    if (source.again === undefined) {
      throw new DrayageError('INTERNAL_BUG', `The sources of ${service.name} were replaced while they were locked.`);
    }
    source = await source.again();
  }
  const what = `Other runs keep replacing the sources of ${service.name} on ${server.name}.`;
  throw new DrayageError('SOURCE_CHANGED', what, { hint: concurrencyHint });
}

function choiceFor({ project, service, build, server, output, load = false }: ServerTask): Choice {
  const question = { service, build, server: project.servers[server] };
  const driver = chooseDriver(question);
  return { ...question, driver, output: output ?? chooseOutput(driver, service, load), load };
}

async function loadHere(context: Context, server: Server, name: string): Promise<void> {
  if (context.programs === undefined) throw new DrayageError('INTERNAL_BUG', 'This process runs no programs.');
  await loadFrom(context, await context.programs(), server, name);
}

/** A type that builds in the engine by itself needs no other BuildKit, where only the server's settings would ask for one. */
function isForEngine({ project, build, server, output }: ServerTask, recipe: Recipe): boolean {
  if (recipe.kind !== 'program' || build.driver !== 'auto' || output === 'push-by-digest') return false;
  return reasonForContainer(build, project.servers[server])?.startsWith('servers.') === true;
}

/** Asks the engine what it can do where that counts. Throws BUILD_IMPOSSIBLE for what it cannot. */
async function builderFor(task: ServerTask, choice: Choice, server: Server): Promise<ContainerBuilder | undefined> {
  const { driver, build } = choice;
  if (driver === 'docker' && containerdKey(choice) === undefined) return undefined;
  // Without setup there may be no engine yet.
  await task.ready;
  const traits = await readTraits(server);
  if (driver === 'docker') {
    if (!traits.hasContainerdStore) refuseOnClassicStore(choice, server.name);
    return undefined;
  }
  const { buildkit: settings } = task.project.servers[task.server] ?? {};
  const registries = Object.values(task.project.registries);
  return containerBuilder({ settings, resources: build.resources, registries, traits });
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
  readonly isInEngine: boolean;
}

const nextStage = "echo '@drayage stage'";

function jobScript(server: Server, task: ServerTask, { source, recipe, build, isReady, isInEngine }: JobParts): string {
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
