import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Folder } from './entry.ts';

export const main = resolve('packages/cli/src/main.ts');

/** A drayage.yml that somebody is still typing, and that tries to run something. */
const config = `project: shop
servers:
  builder: { host: build.example.com }
  node-1: { host: node.example.com }
  '$(touch pwned)': { host: evil.example.com }
environments:
  staging: { services: { worker: {} } }
  production: {}
services:
  web: { source: { image: nginx } }
  '\`touch pwned\`': {}
  unfinished: {
`;

/** Runs a script of a shell that has `drayage` as a function, in a folder with that drayage.yml. */
export function inShell(shell: string, args: readonly string[], script: string, folder: Folder, input = '') {
  folder.write('drayage.yml', config);
  const define =
    shell === 'fish'
      ? `function drayage; '${process.execPath}' '${main}' $argv; end\n`
      : `drayage() { '${process.execPath}' '${main}' "$@"; }\n`;
  return spawnSync(shell, [...args, '-c', define + script], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: folder.path, TERM: 'xterm' },
    encoding: 'utf8',
    input,
  });
}
