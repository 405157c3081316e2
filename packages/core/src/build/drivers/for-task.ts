import { readTraits } from '../../docker/engine-traits.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Server } from '../../transport/server.ts';
import type { ServerTask } from '../on-server.ts';
import type { BuildType, Recipe } from '../types/type.ts';
import { chooseDriver, chooseOutput, reasonForContainer } from './choice.ts';
import { type ContainerBuilder, containerBuilder } from './container.ts';
import { type Choice, containerdKey, refuseOnClassicStore } from './refuse.ts';

export function choiceFor({ project, service, build, server, output, load = false }: ServerTask): Choice {
  const question = { service, build, server: project.servers[server] };
  const driver = chooseDriver(question);
  return { ...question, driver, output: output ?? chooseOutput(driver, service, load), load };
}

/** A type that builds in the engine by itself needs no other BuildKit, where only the server's settings would ask for one. */
export function isForEngine({ project, build, server, output }: ServerTask, recipe: Recipe): boolean {
  if (recipe.kind !== 'program' || build.driver !== 'auto' || output === 'push-by-digest') return false;
  return reasonForContainer(build, project.servers[server])?.startsWith('servers.') === true;
}

/** Asks the engine what it can do where that counts. Throws BUILD_IMPOSSIBLE for what it cannot. */
export async function builderFor(
  task: ServerTask,
  choice: Choice,
  server: Server,
  type: BuildType,
): Promise<ContainerBuilder | undefined> {
  const { driver, build } = choice;
  const needsMerge = type.mergesLayers === true;
  if (driver === 'docker' && !needsMerge && containerdKey(choice) === undefined) return undefined;
  // Without setup there may be no engine yet.
  await task.ready;
  const traits = await readTraits(server);
  if (driver === 'docker') {
    if (traits.hasContainerdStore) return undefined;
    refuseOnClassicStore(choice, server.name);
    if (!needsMerge) return undefined;
    if (build.driver === 'docker') throw noMerge(task, server.name);
  }
  const { buildkit: settings } = task.project.servers[task.server] ?? {};
  const registries = Object.values(task.project.registries);
  return containerBuilder({ settings, resources: build.resources, registries, traits });
}

function noMerge({ service, build }: ServerTask, server: string): DrayageError {
  const where = `services.${service.name}.build`;
  const type = build.type === 'auto' ? 'type auto (here railpack)' : `type ${build.type}`;
  const what = `${where}.${type} merges layers, and ${where}.driver is docker: the engine of ${server} has the classic image store, which cannot.`;
  return new DrayageError('BUILD_IMPOSSIBLE', what, {
    hint: `Use the driver container, or turn on containerd's image store there: "features": { "containerd-snapshotter": true } in /etc/docker/daemon.json.`,
    at: service.at,
  });
}
