import { DrayageError } from '../errors/drayage-error.ts';
import type { ServerFacts } from './facts.ts';
import { clockTolerance, disk, isTooOld, memory, minimumApi } from './requirements.ts';
import type { Wish } from './wish.ts';

/** One thing a server needs, and whether it is so. */
export interface Item {
  readonly item: string;
  readonly ok: boolean;
  /** What was found, or why it does not work. */
  readonly detail: string;
  /** What to do; where `ok` is true and this stands, advice. */
  readonly cure?: string;
}

/** What the facts alone tell. */
export function itemsOfFacts(facts: ServerFacts, wish: Wish): Item[] {
  const { docker } = facts;
  const items: Item[] = [
    engineItem(facts),
    room('disk', facts.disk.free, disk, 'Free space, or enlarge the disk.'),
    room('memory', facts.memory, memory, 'Add memory or swap.'),
    {
      item: 'clock',
      ok: Math.abs(facts.clockSkew) <= clockTolerance,
      detail:
        Math.abs(facts.clockSkew) < 2
          ? 'in step'
          : `${Math.abs(facts.clockSkew)} s ${facts.clockSkew > 0 ? 'ahead' : 'behind'}`,
      cure:
        Math.abs(facts.clockSkew) <= clockTolerance
          ? undefined
          : 'Turn time synchronisation on: timedatectl set-ntp true',
    },
  ];
  if (wish.builds) {
    items.push(
      present('buildx', docker?.buildx, 'Run setup-build-server: it installs the plugin.'),
      present('git', facts.tools.has('git') ? 'installed' : undefined, 'Run setup-build-server: it installs git.'),
      platformItem(facts, wish),
    );
  }
  if (wish.lfs) {
    const found = facts.tools.has('git-lfs') ? 'installed' : undefined;
    items.push(present('git-lfs', found, 'Run setup-build-server: it installs git-lfs.'));
  }
  if (wish.proxy !== undefined) {
    const up = facts.proxy?.running === true && facts.proxy.kind === wish.proxy.kind;
    items.push(
      present('proxy', up ? `${wish.proxy.kind} runs` : undefined, 'Run setup-deploy-node: it starts the proxy.'),
    );
  }
  if (wish.swarm) {
    const state = docker?.swarm.state ?? 'inactive';
    items.push(
      present(
        'swarm',
        state === 'active' ? `active as ${docker?.swarm.manager ? 'manager' : 'worker'}` : undefined,
        'Run setup-deploy-node: it makes the Swarm.',
      ),
    );
  }
  return items;
}

function engineItem({ docker }: ServerFacts): Item {
  const item = 'engine';
  if (docker === undefined)
    return { item, ok: false, detail: 'Docker is not installed', cure: 'Run setup: it installs Docker.' };
  if (docker.engine === undefined) {
    return {
      item,
      ok: false,
      detail: docker.error || 'Docker does not answer',
      cure: 'Start it: systemctl start docker',
    };
  }
  const { version, api } = docker.engine;
  if (!isTooOld(api)) return { item, ok: true, detail: `Docker ${version}, API ${api}` };
  return {
    item,
    ok: false,
    detail: `Docker ${version} has API ${api}, needed is ${minimumApi}`,
    cure: 'Upgrade Docker to 25 or newer.',
  };
}

function room(item: string, bytes: number, limit: { least: number; comfortable: number }, cure: string): Item {
  const detail = `${(bytes / 1024 ** 3).toFixed(1)} GB${item === 'disk' ? ' free' : ''}`;
  return { item, ok: bytes >= limit.least, detail, cure: bytes >= limit.comfortable ? undefined : cure };
}

/** A platform besides its own is built by emulation, which only RUN steps need. */
function platformItem(facts: ServerFacts, { platforms }: Wish): Item {
  const foreign = platforms.filter((platform) => platform !== facts.platform);
  const isOwnDeclared = foreign.length < platforms.length || platforms.length === 0;
  if (foreign.length === 0) return { item: 'platform', ok: true, detail: facts.platform };
  return {
    item: 'platform',
    ok: isOwnDeclared,
    detail: isOwnDeclared
      ? `${facts.platform}; emulates ${foreign.join(', ')}`
      : `it is ${facts.platform}, drayage.yml says ${platforms.join(', ')}`,
    cure: isOwnDeclared
      ? `RUN steps for ${foreign.join(', ')} need QEMU on the server: apt-get install qemu-user-static binfmt-support`
      : 'Name the platforms the server builds natively.',
  };
}

function present(item: string, detail: string | undefined, cure: string): Item {
  return detail === undefined ? { item, ok: false, detail: 'missing', cure } : { item, ok: true, detail };
}

/** A table, one line an item: what is fine, then what is not with its cure. */
export function printItems(items: readonly Item[]): string[] {
  const width = Math.max(...items.map(({ item }) => item.length));
  return items.map(({ item, ok, detail, cure }) => {
    const advice = cure === undefined ? '' : `\n    ${ok ? 'advice' : 'cure'}: ${cure}`;
    return `${ok ? 'ok    ' : 'FAILED'} ${item.padEnd(width)}  ${detail}${advice}`;
  });
}

/** SETUP_INCOMPLETE for a server with items that are not so. */
export function incomplete(server: string, items: readonly Item[]): DrayageError | undefined {
  const failed = items.filter(({ ok }) => !ok);
  if (failed.length === 0) return undefined;
  const list = failed.map(({ item, detail }) => `${item} (${detail})`).join('; ');
  return new DrayageError('SETUP_INCOMPLETE', `${server} is not ready: ${list}.`, { hint: failed[0]?.cure });
}
