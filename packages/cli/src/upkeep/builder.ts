import type { Project } from '@drayage/core/config/model';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Call, Result } from '@drayage/core/host/command';
import { serverName } from '@drayage/core/host/input/overrides';
import { readableSize } from '@drayage/core/report/size';
import {
  type BuilderRequest,
  type Inspected,
  inspectBuilders,
  pruneBuilders,
  removeBuilders,
  whatGoes,
} from '@drayage/core/upkeep/builder/upkeep';
import { ask } from '../init/ask.ts';
import { textTable } from '../text-table.ts';

interface BuilderInputs {
  readonly action: 'inspect' | 'du' | 'prune' | 'remove';
  readonly servers?: readonly string[];
  readonly 'keep-storage'?: number;
  readonly wait?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export async function runBuilder(call: Call<BuilderInputs>): Promise<Result> {
  const { inputs, context, print } = call;
  const project = await call.project();
  const servers = inputs.servers?.map(serverName);
  const request: BuilderRequest = { project, servers };
  const wait = inputs.wait ?? 5 * 60_000;
  switch (inputs.action) {
    case 'inspect':
    case 'du': {
      await call.warm(servers ?? buildServers(project));
      const found = await inspectBuilders(context, request);
      if (inputs.json === true) print(`${JSON.stringify(found, null, 2)}\n`);
      else print(inputs.action === 'inspect' ? inspectText(found) : usageText(found));
      return {};
    }
    case 'prune': {
      const keepStorage = inputs['keep-storage'] ?? 10 * 1024 ** 3;
      return told(
        call,
        await pruneBuilders(context, { ...request, keepStorage, wait }),
        `no build cache beyond ${readableSize(keepStorage)}`,
      );
    }
    case 'remove':
      await confirm(call, servers ?? buildServers(project));
      return told(call, await removeBuilders(context, { ...request, wait }), 'nothing of Drayage to remove');
  }
}

const buildServers = ({ servers }: Project): string[] =>
  Object.values(servers).flatMap(({ name, role }) => (role === 'deploy' ? [] : [name]));

type Worked = Awaited<ReturnType<typeof pruneBuilders>>;

/** What was freed, by server. Where builds ran nothing was, which is a failure of what was asked for. */
function told({ inputs, print }: Call<BuilderInputs>, worked: Worked, nothing: string): Result {
  if (inputs.json === true) print(`${JSON.stringify(worked, null, 2)}\n`);
  for (const { server, freed, removed, busy } of inputs.json === true ? [] : worked) {
    const what = removed.map(({ name }) => name).join(', ');
    if (busy) print(`${server}: builds are running, so it was left as it is.\n`);
    else if (removed.length === 0) print(`${server}: ${nothing}.\n`);
    else print(`${server}: ${what}: ${readableSize(freed)} (${freed} bytes) freed.\n`);
  }
  return { exitStatus: worked.some(({ busy }) => busy) ? 1 : 0 };
}

async function confirm({ inputs, context }: Call<BuilderInputs>, servers: readonly string[]): Promise<void> {
  if (inputs.yes === true) return;
  const where = servers.join(', ');
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new DrayageError('INPUT_INVALID', `This would remove from ${where}: ${whatGoes}.`, {
      hint: 'Nobody can be asked here; say --yes if that is meant.',
    });
  }
  const text = `Remove from ${where}: ${whatGoes}? Type yes`;
  const terminal = { input: process.stdin, output: process.stderr, signal: context.signal };
  const { yes } = await ask([{ flag: 'yes', text, otherwise: 'no' }], terminal);
  if (yes !== 'yes') throw new DrayageError('CANCELLED', 'Nothing was removed.');
}

function inspectText(found: readonly Inspected[]): string {
  const rows = found.flatMap((one) => {
    const { server, engine, imageStore, buildx, platform, slots, disk, memory } = one;
    const parts = [
      [server, 'engine', `Docker ${engine}, ${imageStore} image store, ${platform}`],
      ['', 'buildx', buildx ?? 'missing: drayage setup-build-server installs it'],
      ['', 'slots', `${slots.used} of ${slots.all} in use`],
      ['', 'disk', `${readableSize(disk.free)} of ${readableSize(disk.total)} free`],
      ['', 'memory', `${readableSize(memory.free)} of ${readableSize(memory.total)} free`],
    ];
    const builders = one.builders.map(({ name, kind, state, version, platforms, usage }) => {
      const told = version === undefined ? '' : `, BuildKit ${version}`;
      const list = platforms.length === 0 ? '' : `, ${platforms.join(' ')}`;
      return ['', `builder ${name}`, `${kind}, ${state}${told}${list}, ${readableSize(usage.total)} of cache`];
    });
    return [...parts, ...builders];
  });
  return textTable(['server', '', ''], rows);
}

function usageText(found: readonly Inspected[]): string {
  const rows = found.flatMap(({ server, builders, images, sources, mirrors }) => [
    ...builders.flatMap(({ name, usage }) => [
      [server, `cache of ${name}`, readableSize(usage.total), `${readableSize(usage.reclaimable)} of it not in use`],
      ...usage.byType.map(({ type, bytes, count }) => [
        '',
        `  ${type}`,
        readableSize(bytes),
        `${count} ${count === 1 ? 'entry' : 'entries'}`,
      ]),
    ]),
    [server, 'images', readableSize(images), 'of everybody, shared layers once'],
    [server, 'copies of sources', readableSize(sources), ''],
    [server, 'git mirrors', readableSize(mirrors), ''],
  ]);
  return textTable(['server', 'what', 'size', ''], rows);
}
