import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendContext } from '../../packages/core/src/build/sources/context-delta.ts';
import { type LocalSource, readLocalSource } from '../../packages/core/src/build/sources/local.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';

const silent = { output: () => undefined, note: () => undefined };
const report = {
  ...silent,
  warn: () => undefined,
  mask: () => undefined,
  phases: [],
  phase: <T>(_: string, work: (phase: typeof silent) => Promise<T>) => work(silent),
};

let server: Server;
let folder: string;

beforeAll(async () => {
  server = await connect(
    { name: 'here', host: 'local', port: 22, user: 'root', auth: {}, hostKeyPolicy: 'strict' },
    { report },
  );
  folder = mkdtempSync(join(tmpdir(), 'drayage-sync-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Files by path: text, `x:` text for an executable, `->` target for a link, `/` for an empty folder. */
type Files = Readonly<Record<string, string>>;

function write(root: string, files: Files): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'Dockerfile'), 'FROM scratch\n');
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(text === '/' ? file : dirname(file), { recursive: true });
    if (text === '/') continue;
    if (text.startsWith('->')) symlinkSync(text.slice(2), file);
    else writeFileSync(file, text);
    if (text.startsWith('x:')) chmodSync(file, 0o755);
  }
}

/** Everything in a folder that a build can see. */
function seen(root: string): string {
  const script = `find . -mindepth 1 -printf '%p %M %l\\n' | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`;
  return execFileSync('sh', ['-c', script], { cwd: root, encoding: 'utf8' });
}

/** Sends, and does what the build's job does with a difference that travels with it. */
async function send(source: LocalSource, remote: string) {
  const { script, files, ...sent } = await sendContext(server, remote, source, silent);
  let log = '';
  const onOutput = (chunk: string) => {
    log += chunk;
  };
  const { exitCode } = await server.job({ id: `sync-${randomUUID()}`, script, files, onOutput });
  return { ...sent, exitCode, log };
}

async function sync(root: string, remote: string) {
  const source = await readLocalSource({ root, context: '.', dockerfile: 'Dockerfile' });
  const sent = await send(source, remote);
  expect(seen(join(remote, basename(remote)))).toBe(seen(root));
  return sent;
}

describe('sendContext', () => {
  it.each<[string, Files, Files]>([
    ['a changed file', { a: '1', b: '1' }, { a: '2', b: '1' }],
    ['a file that became a folder', { a: '1' }, { 'a/b': '1' }],
    ['a folder that became a file', { 'a/b/c': '1', 'a/d': '1' }, { a: '1' }],
    ['a link that became a folder', { a: '->b', 'b/c': '1' }, { 'a/c': 'new', 'b/c': '1' }],
    ['a folder that became a link', { 'a/c': '1', 'b/c': '1' }, { a: '->b', 'b/c': '1' }],
    ['permissions', { a: 'same' }, { a: 'x:same' }],
    ['an empty folder', {}, { 'empty/inner': '/' }],
    ['a folder that went', { 'deep/er/file': '1', 'deep/er/inner': '/' }, {}],
    [
      'names with blanks and signs',
      { ' a b': '1', "it's": '1', '-rf': '1' },
      { ' a b': '2', '"$x"': '1', '*': '1', 'back\\slash': '1', ä: '1' },
    ],
    ['a dangling link', { a: '->nowhere' }, { a: '->elsewhere' }],
    ['a name that begins another', { 'a.b': '1', a: '1' }, { 'a/b': '1', 'a.b': '2' }],
  ])('carries over %s', async (_, before, after) => {
    const root = mkdtempSync(join(folder, 'local-'));
    const remote = join(folder, `remote-${basename(root)}`);
    write(root, before);
    await sync(root, remote);
    write(root, after);
    await sync(root, remote);
    expect(await sync(root, remote)).toEqual({ added: 0, removed: 0, bytes: 0, exitCode: 0, log: '' });
    write(root, before);
    await sync(root, remote);
  });

  it('makes the copy equal, whatever was there before', { timeout: 60_000 }, async () => {
    const root = mkdtempSync(join(folder, 'random-'));
    const remote = join(folder, `remote-${basename(root)}`);
    const name = fc.constantFrom('a', 'b', 'c d');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const content = fc.constantFrom('1', '2', 'x:1', '->a', '/');
    const files = fc.array(fc.tuple(path, content), { maxLength: 8 }).map((pairs) => {
      // A path cannot be below another one's file.
      const kept = pairs.filter(
        ([one], index) =>
          !pairs
            .slice(0, index)
            .some(([other]) => one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)),
      );
      return Object.fromEntries(kept);
    });
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        write(root, given);
        await sync(root, remote);
      }),
      { numRuns: 40 },
    );
  });

  it('sends bytes only for what changed', async () => {
    const root = mkdtempSync(join(folder, 'local-'));
    const remote = join(folder, `remote-${basename(root)}`);
    const bulk = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`dir${index % 20}/file${index}`, `${index}`.repeat(500)]),
    );
    write(root, bulk);
    const first = await sync(root, remote);
    write(root, { ...bulk, 'dir3/file3': 'changed' });
    const second = await sync(root, remote);
    expect(first.added).toBe(521);
    expect(second).toMatchObject({ added: 1, removed: 1 });
    expect(second.bytes).toBeLessThan(5000);
  });

  it('streams what is too much to travel with a job', async () => {
    const root = mkdtempSync(join(folder, 'local-'));
    const remote = join(folder, `remote-${basename(root)}`);
    write(root, { large: randomBytes(2 << 20).toString('base64'), small: '1' });
    expect((await sync(root, remote)).bytes).toBeGreaterThan(1 << 20);
    const source = await readLocalSource({ root, context: '.', dockerfile: 'Dockerfile' });
    write(root, { large: randomBytes(2 << 20).toString('base64'), small: '1' });
    const stale = sendContext(server, `${remote}-other`, source, silent);
    await expect(stale).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('large: FAILED'),
    });
  });

  it('sends everything again when the copy is not as it was left', async () => {
    const root = mkdtempSync(join(folder, 'local-'));
    const remote = join(folder, `remote-${basename(root)}`);
    write(root, { a: '1', b: '2' });
    await sync(root, remote);
    rmSync(join(remote, 'root'));
    writeFileSync(join(remote, basename(remote), 'half'), 'a file that an interrupted change left');
    await sync(root, remote);
  });

  it('keeps the old copy when the new one does not arrive whole', async () => {
    const root = mkdtempSync(join(folder, 'local-'));
    const remote = join(folder, `remote-${basename(root)}`);
    write(root, { a: '1' });
    await sync(root, remote);
    const before = seen(remote);
    write(root, { a: '2', b: '3' });
    const source = await readLocalSource({ root, context: '.', dockerfile: 'Dockerfile' });
    writeFileSync(join(root, 'b'), 'changed after it was read');
    expect(await send(source, remote)).toMatchObject({ exitCode: 65, log: expect.stringContaining('b: FAILED') });
    expect(seen(remote)).toBe(before);
  });

  it('waits for nobody when several runs send at once', async () => {
    const remote = join(folder, 'remote-shared');
    const roots = ['1', '2', '3'].map((text) => {
      const root = mkdtempSync(join(folder, 'local-'));
      write(root, { a: text, [`only-${text}`]: text });
      return root;
    });
    const sources = await Promise.all(
      roots.map((root) => readLocalSource({ root, context: '.', dockerfile: 'Dockerfile' })),
    );
    await Promise.all(sources.map((source) => send(source, remote)));
    const [first = ''] = roots;
    await sync(first, remote);
  });
});
