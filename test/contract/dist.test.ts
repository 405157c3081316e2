import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = readdirSync('dist');

describe('dist', () => {
  it('stays under 4 MB', () => {
    const bytes = files.reduce((sum, file) => sum + statSync(join('dist', file)).size, 0);
    expect(bytes).toBeLessThan(4_000_000);
  });

  it('has both entries and at most 12 files', () => {
    expect(files).toEqual(expect.arrayContaining(['drayage.cjs', 'action.cjs']));
    expect(files.length).toBeLessThanOrEqual(12);
  });

  it('requires nothing but its own chunks and Node.js itself', () => {
    const foreign = files.flatMap((file) =>
      [...readFileSync(join('dist', file), 'utf8').matchAll(/\brequire\(["'](@?[a-z][^"']*)["']\)/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !name.startsWith('node:') && !builtin.has(name.split('/')[0] ?? ''))
        .map((name) => `${file}: ${name}`),
    );
    expect(foreign).toEqual([]);
  });

  it('loads little at the start, and what is for laptops only when it is asked for', () => {
    const atOnce = (file: string) =>
      [...readFileSync(join('dist', file), 'utf8').matchAll(/[\w$]=require\("\.\/(\w+)\.cjs"\)/g)].map(
        ([, name]) => name,
      );
    expect(atOnce('drayage.cjs')).toEqual(['base']);
    expect(atOnce('base.cjs')).toEqual([]);
    expect(files.filter((file) => atOnce(file).includes('laptop'))).toEqual([]);
  });

  it('can load every chunk', () => {
    // Both entries begin to run at once.
    const parts = files.filter((file) => file !== 'drayage.cjs' && file !== 'action.cjs');
    const script = parts.map((file) => `require(${JSON.stringify(resolve('dist', file))});`).join('');
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('names no folder of the machine it was built on', () => {
    const here = resolve('.');
    expect(files.filter((file) => readFileSync(join('dist', file), 'utf8').includes(here))).toEqual([]);
  });
});

const builtin = new Set(
  'assert async_hooks buffer child_process console crypto diagnostics_channel dns events fs http http2 https module net os path perf_hooks process querystring stream string_decoder timers tls tty url util v8 vm worker_threads zlib'.split(
    ' ',
  ),
);
