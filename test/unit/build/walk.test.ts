import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ignoreRules } from '../../../packages/core/src/build/sources/ignore-rules.ts';
import { readLocalSource } from '../../../packages/core/src/build/sources/local.ts';
import { readContext } from '../../../packages/core/src/build/sources/walk.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drayage-walk-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const paths = async (rules = '') => (await readContext(root, ignoreRules(rules))).map(({ path }) => path).sort();

it('reads files and folders, and neither git nor our own state', async () => {
  write({ a: '', 'b/c': '', '.git/config': '', '.drayage/state.json': '', 'sub/.git': 'gitdir: …' });
  expect(await paths()).toEqual(['a', 'b', 'b/c', 'sub']);
});

it('includes the folders of a file that is wanted again, though they are ignored', async () => {
  write({ 'src/app/deep/a.js': '', 'src/lib/b.js': '', top: '' });
  expect(await paths('*\n!src/app')).toEqual(['src', 'src/app', 'src/app/deep', 'src/app/deep/a.js']);
});

it('tells the digest of a file, small or large', async () => {
  write({ small: 'abc', large: 'x'.repeat(3 << 20) });
  const entries = await readContext(root, ignoreRules(''));
  expect(entries.find(({ path }) => path === 'small')?.content).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(entries.find(({ path }) => path === 'large')).toMatchObject({
    size: 3 << 20,
    content: '3bea8a9a07c1e8dcaa4c1b816815c35a29b4fb585ba6ecc70ea44840a794cfb3',
  });
});

it('refuses names that cannot be sent', async () => {
  write({ 'a\nb': '' });
  await expect(paths()).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: 'The file name "a\\nb" holds a line break or is not UTF-8; such names cannot be sent.',
  });
  expect(await paths('a*')).toEqual([]);
});

it('says that the context is not there', async () => {
  const missing = readLocalSource({ root, context: 'nope', dockerfile: 'Dockerfile' });
  await expect(missing).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: `The build context ${root}/nope is not a folder.`,
  });
});
