#!/usr/bin/env node
// Starts a TypeScript program of this repository with the Node.js version the tooling is written for.
// Plain JavaScript on purpose: it must run on whatever Node.js a fresh clone finds, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

if (!existsSync(join(modules, '.package-lock.json'))) {
  console.error('Installing the development dependencies (npm ci) …');
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}

const pinned = join(modules, '.bin', 'node');
const node = existsSync(pinned) ? pinned : process.execPath;
const [program, ...args] = process.argv.slice(2);
const child = spawn(node, [join(root, program), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
