import { spawnSync } from 'node:child_process';
import { bundle } from '../demo/drayage.ts';
import { median, type Verdict } from './figures.ts';

/** Medians of one process each, in milliseconds. */
export interface StartUp {
  readonly bare: number;
  readonly version: number;
  readonly validate: number;
}

/** How long the command line takes to start, beside `node -e 0`, in turn. `folder` holds a valid drayage.yml. */
export function measureStartUp(node: string, folder: string, rounds: number): StartUp {
  const time = (...args: string[]): number => {
    const startedAt = performance.now();
    const env = { PATH: process.env.PATH, HOME: folder, DRAYAGE_SECRET_REGISTRY_PASSWORD: 'unused' };
    const { status, stderr } = spawnSync(node, args, { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stderr}`);
    return performance.now() - startedAt;
  };
  const bare: number[] = [];
  const version: number[] = [];
  const validate: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(time('-e', '0'));
    version.push(time(bundle, '--version'));
    validate.push(time(bundle, 'validate'));
  }
  return { bare: median(bare), version: median(version), validate: median(validate) };
}

export function tellStartUp({ bare, version, validate }: StartUp): string {
  return `node -e 0: ${bare.toFixed(0)} ms, --version: ${version.toFixed(0)} ms, validate: ${validate.toFixed(0)} ms`;
}

export function judgeStartUp({ bare, version, validate }: StartUp): Verdict[] {
  return [
    { name: '--version against node -e 0', value: version / bare, limit: 2.5, unit: '×' },
    { name: 'validate against node -e 0', value: validate / bare, limit: 5, unit: '×' },
  ];
}
