import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  packState,
  parseState,
  printState,
  type State,
  unpackState,
} from '../../../packages/core/src/host/state/state.ts';
import { stateStore } from '../../../packages/core/src/host/state/store.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const shop = { name: 'shop', environment: 'production' };
const run = (id: string, repository = 'acme/shop') => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: id,
});

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'drayage-state-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const store = (env: Record<string, string>, rest: object = {}) => stateStore({ cwd, env, ...rest });
const file = () => join(cwd, '.drayage', 'state.json');

describe('stateStore', () => {
  it('hands values on from step to step', () => {
    store(run('1')).add(shop, 'web', { server: 'builder', imageId: 'sha256:1', tags: ['a'] });
    store(run('1')).add(shop, 'web', { digest });
    expect(store(run('1')).read(shop, 'web')).toMatchObject({
      server: 'builder',
      imageId: 'sha256:1',
      tags: ['a'],
      digest,
    });
    expect(store(run('1')).read(shop, 'db')).toBeUndefined();
    expect(store(run('1')).read({ ...shop, environment: 'staging' }, 'web')).toBeUndefined();
  });

  it('is never committed', () => {
    store(run('1')).add(shop, 'web', { digest });
    expect(readFileSync(join(cwd, '.drayage', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('knows nothing where no step ran before', () => {
    expect(store(run('1')).read(shop, 'web')).toBeUndefined();
    expect(store(run('1')).packed()).toBeUndefined();
  });

  it.each([
    ['another run', run('2')],
    ['another repository', run('1', 'acme/blog')],
  ])('refuses the state of %s', (_what, env) => {
    store(run('1')).add(shop, 'web', { digest });
    expect(() => store(env).read(shop, 'web')).toThrow(
      expect.objectContaining({
        code: 'STATE_INVALID',
        message: 'The state file .drayage/state.json belongs to another repository or another run.',
      }),
    );
  });

  it('takes the state of another run on purpose', () => {
    store(run('1')).add(shop, 'web', { digest });
    expect(store(run('2'), { otherRun: '1' }).read(shop, 'web')).toMatchObject({ digest });
  });

  it('replaces what another run left behind when it writes', () => {
    store(run('1')).add(shop, 'web', { digest });
    store(run('2')).add(shop, 'web', { server: 'builder' });
    expect(store(run('2')).read(shop, 'web')).toMatchObject({ server: 'builder' });
    expect(store(run('2')).read(shop, 'web')).not.toHaveProperty('digest');
  });

  it.each([
    ['is cut short', (text: string) => text.slice(0, 100), 'it is not JSON'],
    [
      'was changed',
      (text: string) => text.replace(digest, `sha256:${'b'.repeat(64)}`),
      'its checksum does not fit its content',
    ],
    ['is something else', () => '{}', 'it is not a state of this version of Drayage'],
  ])('refuses a file that %s', (_what, damage, why) => {
    store(run('1')).add(shop, 'web', { digest });
    writeFileSync(file(), damage(readFileSync(file(), 'utf8')));
    expect(() => store(run('1')).read(shop, 'web')).toThrow(
      expect.objectContaining({ message: `The state file .drayage/state.json cannot be used: ${why}.` }),
    );
  });

  it('merges the artifacts of several jobs, the newer value winning', () => {
    store(run('1'), { now: () => 1 }).add(shop, 'web', { digest, server: 'old' });
    const web = readFileSync(file(), 'utf8');
    rmSync(file());
    store(run('1'), { now: () => 2 }).add(shop, 'web', { server: 'new' });
    store(run('1'), { now: () => 3 }).add(shop, 'api', { server: 'builder' });
    const rest = readFileSync(file(), 'utf8');
    rmSync(file());
    for (const [name, text] of [
      ['shop-push-image-web-production-1', web],
      ['shop-build-remote-api-production-1', rest],
    ] as const) {
      mkdirSync(join(cwd, '.drayage', 'artifacts', name), { recursive: true });
      writeFileSync(join(cwd, '.drayage', 'artifacts', name, 'state.json'), text);
    }
    const merged = store(run('1'), { artifact: 'shop' });
    expect(merged.read(shop, 'web')).toEqual({ at: 2, digest, server: 'new' });
    expect(merged.read(shop, 'api')).toMatchObject({ server: 'builder' });
    expect(store(run('1')).read(shop, 'web')).toBeUndefined();
  });

  it('keeps the artifacts of several environments apart', () => {
    const staging = { ...shop, environment: 'staging' };
    for (const [index, project] of [shop, staging].entries()) {
      const server = `builder-${project.environment}`;
      store(run('1'), { now: () => index }).add(project, 'web', { server, digest });
      const folder = join(cwd, '.drayage', 'artifacts', `shop-push-image-web-${project.environment}-1`);
      mkdirSync(folder, { recursive: true });
      renameSync(file(), join(folder, 'state.json'));
    }
    for (const project of [staging, shop]) {
      const states = store(run('1'), { artifact: 'shop' });
      expect(states.read(project, 'web')).toMatchObject({ server: `builder-${project.environment}` });
      const output = states.packed() ?? '';
      expect(store(run('1'), { given: output }).read(project, 'web')).toMatchObject({ digest });
    }
    store(run('1'), { artifact: 'shop' }).add(staging, 'web', { deploymentId: 'd1' });
    expect(store(run('1')).read(staging, 'web')).toMatchObject({ server: 'builder-staging', deploymentId: 'd1' });
  });

  it('begins anew with another image: what earlier steps made of the last one says nothing of it', () => {
    store(run('1')).begin(shop, 'web', { server: 'builder', imageId: 'sha256:1', tags: ['a'] });
    store(run('1')).add(shop, 'web', { digest });
    store(run('1')).begin(shop, 'web', { server: 'other', imageId: 'sha256:2' });
    expect(store(run('1')).read(shop, 'web')).toEqual({ at: expect.any(Number), server: 'other', imageId: 'sha256:2' });
  });

  it('forgets the image of an earlier build when a new one begins, also one that comes by an artifact', () => {
    const output = store(run('1'), { now: () => 1 }).begin(shop, 'web', { imageId: 'sha256:1', digest });
    store(run('1'), { now: () => 2 }).forget(shop, 'web', 'abc');
    const nothing = { at: 2, isUnfinished: true, sourceCommit: 'abc' };
    expect(store(run('1')).read(shop, 'web')).toEqual(nothing);
    expect(store(run('1'), { given: output }).read(shop, 'web')).toEqual(nothing);
    store(run('1'), { now: () => 3 }).begin(shop, 'web', { imageId: 'sha256:2' });
    expect(store(run('1'), { given: output }).read(shop, 'web')).toEqual({ at: 3, imageId: 'sha256:2' });
  });

  it('keeps environments and projects apart', () => {
    const staging = { name: 'shop', environment: 'staging' };
    const blog = { name: 'blog', environment: 'production' };
    const production = store(run('1'), { now: () => 1 }).begin(shop, 'web', { digest });
    store(run('1'), { now: () => 2 }).begin(staging, 'web', { digest: 'sha256:2' });
    store(run('1'), { now: () => 3 }).add(blog, 'web', { digest: 'sha256:3' });
    for (const known of [store(run('1')), store(run('1'), { given: production })]) {
      expect(known.read(shop, 'web')).toEqual({ at: 1, digest });
      expect(known.read(staging, 'web')).toEqual({ at: 2, digest: 'sha256:2' });
      expect(known.read(blog, 'web')).toEqual({ at: 3, digest: 'sha256:3' });
    }
  });

  it.each([
    ['an image that was built anew', { imageId: 'sha256:2' }, { imageId: 'sha256:2' }],
    ['the same image', { imageId: 'sha256:1' }, { imageId: 'sha256:1', digest, deploymentId: 'd1' }],
    ['what is of no image', { deploymentId: 'd2' }, { imageId: 'sha256:1', digest, deploymentId: 'd2' }],
    ['another image of a registry', { digest: 'sha256:9' }, { digest: 'sha256:9' }],
    ['another digest', { imageId: 'sha256:1', digest: 'sha256:9' }, { imageId: 'sha256:1', digest: 'sha256:9' }],
  ])('keeps the values of an image together when artifacts are merged: %s', (_what, later, merged) => {
    const earlier = { imageId: 'sha256:1', digest, deploymentId: 'd1' };
    const output = store(run('1'), { now: () => 1 }).begin(shop, 'web', earlier);
    rmSync(file());
    store(run('1'), { now: () => 2 }).begin(shop, 'web', later);
    expect(store(run('1'), { given: output }).read(shop, 'web')).toEqual({ at: 2, ...merged });
  });

  it('travels as an output', () => {
    const output = store(run('1')).add(shop, 'web', { digest });
    rmSync(file());
    expect(store(run('1'), { given: output }).read(shop, 'web')).toMatchObject({ digest });
    expect(() => store(run('1'), { given: 's1.x' }).read(shop, 'web')).toThrow('The input "state" cannot be used');
  });
});

describe('packState', () => {
  const state: State = {
    version: 2,
    bound: 'b'.repeat(32),
    projects: { shop: { production: { web: { at: 1, server: 'builder', digest } } } },
  };

  it('can be read back', () => {
    expect(parseState(unpackState(packState(state)), 'x', [state.bound])).toEqual(state);
    expect(printState(state)).toContain('"checksum": "sha256:');
  });

  it('holds no name in plain, in base64 or in hex: GitHub drops an output in which a masked value occurs', () => {
    const packed = packState(state);
    for (const name of ['shop', 'production', 'builder', 'web', 'state']) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        expect(packed).not.toContain(Buffer.from(name).toString(encoding).replace(/=+$/, ''));
      }
    }
  });
});
