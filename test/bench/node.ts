import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { environmentNode } from '../demo/drayage.ts';

/** The Node.js that `up` is measured with. */
export interface MeasuredNode {
  readonly path: string;
  /** As it says itself: `v24.21.0`. */
  readonly version: string;
}

/**
 * By default the one this program runs on, if it is of the version that the root action declares (`runs.using`): that is
 * what most users run. With `environment` the first on PATH, as a laptop has it; else the path of one.
 */
export function measuredNode(wanted: string | undefined): MeasuredNode {
  const declared = /^ +using: node(\d+)$/m.exec(
    readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'),
  )?.[1];
  const path = wanted === 'environment' ? environmentNode() : (wanted ?? process.execPath);
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (wanted === undefined && !version.startsWith(`v${declared}.`)) {
    throw new Error(`The action runs on Node.js ${declared}, this program on ${version}: name one with --node.`);
  }
  return { path, version };
}
