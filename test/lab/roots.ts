import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, recipeHash } from './cache.ts';
import { run } from './command.ts';
import type { MachineFacts } from './machine.ts';
import { aptRecipe, bareRecipe, dockerRecipe, toolsRecipe } from './root-recipes.ts';

const layerScript = fileURLToPath(new URL('layer.sh', import.meta.url));

/** The lower layers of hosts, top first, as overlay's `lowerdir` wants them. */
export interface Roots {
  /** Debian 12 as debootstrap's minbase makes it, with apt set up. Also the base of all lab images. */
  base: string[];
  /** A fresh server: sshd, init, no Docker, no git, no curl. */
  bare: string[];
  /** The same with Docker Engine, buildx, compose and git. */
  docker: string[];
  /** Folder of programs the lab runs on this machine: docker-registry, pebble, pebble-challtestsrv. */
  tools: string;
  /** A tar of the base system, as the image debian:bookworm-slim is made from. */
  slimTar: string;
  /** Changes whenever the base system does. */
  baseHash: string;
}

/** Makes the root file systems of lab hosts from Debian's packages, once. */
export async function prepareRoots(machine: MachineFacts, log: (line: string) => void): Promise<Roots> {
  const baseHash = recipeHash('base 1', machine);
  const base = await cached('base', baseHash, async (folder) => {
    log('making the Debian base system (once, about 40 s)');
    const tree = join(folder, 'tree');
    await run([...tethered, '--mount-proc', 'debootstrap', '--variant=minbase', 'bookworm', tree, machine.mirror]);
    await runRecipe([tree], folder, aptRecipe(machine), machine);
  });
  const baseLayers = [join(base, 'upper'), join(base, 'tree')];

  const bareHash = recipeHash(baseHash, bareRecipe);
  const bare = await cached('bare', bareHash, async (folder) => {
    log('making the root of bare hosts (once, about 15 s)');
    await runRecipe(baseLayers, folder, bareRecipe, machine);
  });
  const bareLayers = [join(bare, 'upper'), ...baseLayers];

  const docker = await cached('docker', recipeHash(bareHash, dockerRecipe), async (folder) => {
    log('installing Docker into the root of Docker hosts (once, about 20 s)');
    await runRecipe(bareLayers, folder, dockerRecipe, machine);
  });
  const toolsHash = recipeHash(baseHash, toolsRecipe);
  const tools = await cached('tools', toolsHash, async (folder) => {
    log('fetching docker-registry and pebble (once)');
    await runRecipe(baseLayers, folder, toolsRecipe, machine);
  });
  return {
    base: baseLayers,
    bare: bareLayers,
    docker: [join(docker, 'upper'), ...bareLayers],
    tools: join(tools, 'upper/opt/tools/usr/bin'),
    slimTar: join(tools, 'upper/opt/slim.tar'),
    baseHash: toolsHash,
  };
}

/** Namespaces that end, with all their processes and mounts, when this process does. */
const tethered = 'setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child'.split(' ');

async function runRecipe(lower: string[], folder: string, recipe: string, machine: MachineFacts): Promise<void> {
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    ...machine.proxy,
  };
  await run([...tethered, 'sh', layerScript, lower.join(':'), folder, recipe], { env });
  await Promise.all(['work', 'root'].map((part) => rm(join(folder, part), { recursive: true, force: true })));
}
