import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, runCli } from '../demo/drayage.ts';
import { checkout } from './change.ts';
import { drayage } from './drayage-side.ts';
import { median, type Verdict } from './figures.ts';
import type { World } from './world.ts';

/** Loading all the chunks that a whole step loads, beside `node -e 0`: medians, in milliseconds. */
export interface Load {
  readonly step: string;
  readonly chunks: readonly string[];
  readonly bare: number;
  readonly loaded: number;
}

const measuredSteps = ['setup-build-server', 'deploy-service', 'up'];

/** Runs each step for real to learn what it loads, then times a process that loads the same and does nothing. */
export async function measureLoad(world: World, rounds: number): Promise<Load[]> {
  const { folder } = checkout(join(world.scratch, 'load'));
  const cli = drayage(world, 'standalone');
  cli.configure(folder, (configuration) => {
    configuration.project = 'load';
    configuration.services.web.domains = [];
  });
  await cli.run(folder, 'up');
  const results: Load[] = [];
  for (const step of measuredSteps) {
    const files = await filesLoadedBy(world, folder, step);
    const program = files.map((file) => `require(${JSON.stringify(file)});`).join('');
    const bare: number[] = [];
    const loaded: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(time(world.measured.path, '0'));
      loaded.push(time(world.measured.path, program));
    }
    const chunks = files.map((file) => file.replace(/^.*\//, ''));
    results.push({ step, chunks, bare: median(bare), loaded: median(loaded) });
  }
  return results;
}

/** The entry alone is left out: it would start to work. */
async function filesLoadedBy(world: World, folder: string, step: string): Promise<string[]> {
  const list = join(folder, 'loaded.json');
  const hook = join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))));`,
  );
  const env = {
    DRAYAGE_SSH_KEY: world.privateKey,
    DRAYAGE_SECRET_REGISTRY_PASSWORD: world.registry.password,
    NODE_OPTIONS: `--require ${hook}`,
  };
  const { code, output } = await runCli([step], { cwd: folder, env, node: world.measured.path });
  if (code !== 0) throw new Error(`${step} ended with ${code}:\n${output}`);
  const files = JSON.parse(readFileSync(list, 'utf8')) as string[];
  return files.filter((file) => file !== hook && file !== bundle);
}

function time(node: string, program: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(node, ['-e', program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node -e ${program} ended with ${status}:\n${stderr}`);
  return performance.now() - startedAt;
}

export function tellLoad(results: readonly Load[]): string {
  return results
    .map(({ step, chunks, bare, loaded }) => {
      return `all that ${step} loads: ${loaded.toFixed(0)} ms, node -e 0: ${bare.toFixed(0)} ms (${chunks.join(', ')})`;
    })
    .join('\n');
}

export function judgeLoad(results: readonly Load[]): Verdict[] {
  return results.map(({ step, bare, loaded }) => {
    return { name: `all that ${step} loads against node -e 0`, value: loaded / bare, limit: 5, unit: '×' };
  });
}
