import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCli } from '../demo/drayage.ts';
import { drayage } from './drayage-side.ts';
import { median, seconds, table, type Verdict } from './figures.ts';
import type { World } from './world.ts';

/** One changed file in a large tree, from a fresh clone each time. */
export interface Sync {
  readonly files: number;
  readonly bytes: number;
  /** Milliseconds from the start of the command until the builder starts to build. */
  readonly beforeBuild: number;
  /** Bytes that went to the build server. */
  readonly sent: number;
}

const trees = [
  { files: 5_000, bytes: 200_000_000, limit: 2 },
  { files: 50_000, bytes: 200_000_000, limit: 5 },
];

/** Its build uses one small file, so that the time is the sync's and not the builder's. */
const dockerfile = `FROM busybox:1.37.0
COPY marker.txt /marker.txt
`;

export async function measureSync(world: World, rounds: number, log: (line: string) => void): Promise<Sync[]> {
  const results: Sync[] = [];
  for (const { files, bytes } of trees) {
    const origin = join(world.scratch, `tree-${files}`);
    log(`sync: writing a tree of ${files} files`);
    plant(origin, files, bytes);
    const cli = drayage(world, 'standalone');
    const measured = [];
    for (let round = -1; round < rounds; round += 1) {
      const clone = join(world.scratch, 'clone');
      rmSync(clone, { recursive: true, force: true });
      writeFileSync(join(origin, 'marker.txt'), `round ${round} ${randomBytes(8).toString('hex')}\n`);
      // What a CI job's checkout is: the same content, every time stamp new.
      cpSync(origin, clone, { recursive: true, preserveTimestamps: false });
      execFileSync('git', ['init', '--quiet', clone]);
      cli.configure(clone, (configuration) => {
        configuration.project = `sync-${files}`;
      });
      world.takeCounts();
      const one = await measure(world, clone);
      if (round < 0) log(`sync, ${files} files, first time: ${seconds(one.beforeBuild)}, ${megabytes(one.sent)}`);
      else measured.push(one);
    }
    const [beforeBuild, sent] = [
      median(measured.map((one) => one.beforeBuild)),
      median(measured.map((one) => one.sent)),
    ];
    log(`sync, ${files} files: ${seconds(beforeBuild)}, ${megabytes(sent)}`);
    results.push({ files, bytes, beforeBuild, sent });
    rmSync(origin, { recursive: true, force: true });
  }
  return results;
}

/** Runs one build and takes the counts at its end; what the builder prints comes the other way and is not counted. */
async function measure(world: World, folder: string): Promise<{ beforeBuild: number; sent: number }> {
  const env = { DRAYAGE_SSH_KEY: world.privateKey, DRAYAGE_SECRET_REGISTRY_PASSWORD: world.registry.password };
  const run = startCli(['build-remote'], { cwd: folder, env });
  const startedAt = Date.now();
  await run.seen(/load build definition|\[internal\]/);
  const beforeBuild = Date.now() - startedAt;
  const { code, output } = await run.finished;
  if (code !== 0) throw new Error(`build-remote ended with ${code}:\n${output}`);
  return { beforeBuild, sent: world.takeCounts().builder.sent };
}

/** Files of equal size with bytes that do not compress, 100 to a folder. */
function plant(folder: string, files: number, bytes: number): void {
  const size = Math.floor(bytes / files);
  for (let index = 0; index < files; index += 1) {
    const below = join(folder, 'data', String(Math.floor(index / 100)));
    if (index % 100 === 0) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${index}.bin`), randomBytes(size));
  }
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

export function tellSync(results: readonly Sync[]): string {
  return table(
    ['one changed file in a tree of', 'before the build', 'sent'],
    results.map(({ files, bytes, beforeBuild, sent }) => [
      `${files} files, ${megabytes(bytes)}`,
      seconds(beforeBuild),
      megabytes(sent),
    ]),
  );
}

export function judgeSync(results: readonly Sync[]): Verdict[] {
  return results.flatMap(({ files, beforeBuild, sent }) => {
    const limit = trees.find((tree) => tree.files === files)?.limit ?? 0;
    return [
      { name: `sync of one file in ${files}, before the build`, value: beforeBuild / 1000, limit, unit: 's' },
      { name: `sync of one file in ${files}, on the wire`, value: sent / 1e6, limit: 1, unit: 'MB' },
    ];
  });
}
