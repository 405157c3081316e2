import type { Project, ServerSpec } from '../../config/model.ts';
import { pickServers } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Server } from '../../transport/server.ts';
import { type Applied, applyPlan } from '../apply.ts';
import { lookAt } from '../look.ts';
import { usageQuestions } from '../look-script.ts';
import type { ServerPlan } from '../plan.ts';
import type { BuilderLook } from './driver.ts';
import { builderDrivers, pruneLines } from './drivers.ts';
import { type HostFacts, hostScript, parseHost } from './host.ts';

export interface BuilderRequest {
  readonly project: Project;
  /** Names; all that may build by default. */
  readonly servers?: readonly string[];
}

/** A build server with its builders. */
export interface Inspected extends HostFacts {
  readonly server: string;
  readonly slots: { readonly all: number; readonly used: number };
  readonly builders: readonly BuilderLook[];
  /** Bytes of all images together. */
  readonly images: number;
}

/** Milliseconds that builds which run are waited for, where a builder is to be pruned or removed. */
export interface Patience {
  readonly wait: number;
}

const nothing: ServerPlan = {
  images: [],
  spared: [],
  containers: [],
  records: [],
  sources: [],
  mirrors: [],
  jobs: [],
  cacheExcess: 0,
};

/** Looks at build servers, side by side. Throws DOCKER_UNREACHABLE, INPUT_INVALID and what connecting throws. */
export async function inspectBuilders(context: Context, request: BuilderRequest): Promise<readonly Inspected[]> {
  return Promise.all(
    buildServers(request).map(async (spec): Promise<Inspected> => {
      const server = await context.connect(spec.name);
      const [host, usage, builders] = await Promise.all([
        server.script(hostScript(server.account, spec.slots), {
          purpose: 'Looking at the build server',
          repeatable: true,
          signal: context.signal,
        }),
        askEngine(server, [{ path: '/info' }, usageQuestions[0]], {
          purpose: 'Asking the engine',
          signal: context.signal,
        }),
        Promise.all(builderDrivers.map((driver) => driver.look(context, server))),
      ]);
      const [info, images] = parseBatch(usage.text);
      if (info?.status !== 200) throw unreachable(server, usage.errors);
      const { slotsUsed, ...facts } = parseHost(host.stdout, info.body, images?.body);
      return {
        server: server.name,
        ...facts,
        slots: { all: spec.slots, used: slotsUsed },
        builders: builders.filter((builder) => builder !== undefined),
      };
    }),
  );
}

/** Prunes the cache of every builder down to these bytes, while nothing is built there. */
export async function pruneBuilders(
  context: Context,
  request: BuilderRequest & Patience & { readonly keepStorage: number },
): Promise<readonly (Applied & { readonly server: string })[]> {
  return work(context, request, 'Prune', async () => ({
    plan: nothing,
    builders: pruneLines(request.keepStorage),
  }));
}

/** What `removeBuilders` would take from a server, for a question. */
export const whatGoes = 'the builder "drayage" with its cache, copies of sources, git mirrors and state of buildx';

/** Removes the builders that Drayage made, and what it keeps on the servers for building. Images stay, and so does the engine's own cache. */
export async function removeBuilders(
  context: Context,
  request: BuilderRequest & Patience,
): Promise<readonly (Applied & { readonly server: string })[]> {
  return work(context, request, 'Remove the builder of', async (server) => {
    const { sources, mirrors } = await lookAt(context, server, { project: request.project.name, olderThan: 0 });
    const lines = builderDrivers.map((driver) => driver.removeLines?.() ?? '').join('\n');
    return {
      plan: { ...nothing, sources, mirrors },
      builders: `${lines}
if [ -e "$DRAYAGE_STATE/buildx" ] && [ ! -e "$DRAYAGE_STATE/buildx/instances/drayage" ]; then
  rm -rf "$DRAYAGE_STATE/buildx" && echo '@drayage removed state buildx'
fi`,
    };
  });
}

async function work(
  context: Context,
  request: BuilderRequest & Patience,
  verb: string,
  decide: (server: Server) => Promise<{ plan: ServerPlan; builders: string }>,
): Promise<readonly (Applied & { readonly server: string })[]> {
  return Promise.all(
    buildServers(request).map(async (spec) => {
      const server = await context.connect(spec.name);
      return context.report.phase(`${verb} ${spec.name}`, async (phase) => {
        const { plan, builders } = await decide(server);
        const { wait } = request;
        const options = { slots: spec.slots, wait, olderThan: 0, builders, leases: [] };
        return { server: spec.name, ...(await applyPlan(context, server, plan, options, phase)) };
      });
    }),
  );
}

function buildServers({ project, servers }: BuilderRequest): readonly ServerSpec[] {
  if (servers !== undefined) return pickServers(project, servers);
  const all = Object.values(project.servers).filter(({ role }) => role !== 'deploy');
  if (all.length > 0) return all;
  throw new DrayageError('INPUT_INVALID', `${project.file ?? 'What was given'} names no server that builds.`, {
    hint: 'Declare one with role: build, or give --servers ssh://user@host.',
  });
}

function unreachable(server: Server, said: string): DrayageError {
  const why = said.trim().split('\n').at(-1) ?? '';
  return new DrayageError(
    'DOCKER_UNREACHABLE',
    `${server.name}: the Docker Engine does not answer${why === '' ? '' : ` (${why})`}.`,
    { hint: `Look at it: drayage doctor --servers ${server.name}` },
  );
}
