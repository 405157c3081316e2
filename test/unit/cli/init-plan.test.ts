import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ci, ciOf } from '../../../packages/cli/src/init/answers.ts';
import { planInit } from '../../../packages/cli/src/init/plan.ts';
import { lookAt, type Repository } from '../../../packages/cli/src/init/repository.ts';

const nothing: Repository = { folder: 'x', dockerfiles: [], present: new Map(), workflows: [], keys: [] };
const config = 'project: x\nservices: { web: {} }\n';
const web = { name: 'web', source: '.', port: 80 };

function plan(files: Readonly<Record<string, string>>, { ci = 'github', force = false, keys = [], host }: Asked = {}) {
  const present = new Map(Object.entries(files));
  const server = host === undefined ? undefined : { host, user: 'root' };
  return planInit({ project: 'x', services: [web], front: 'web', ci, server }, { ...nothing, present, keys }, force);
}

interface Asked {
  readonly ci?: Ci;
  readonly force?: boolean;
  readonly keys?: readonly string[];
  readonly host?: string;
}

const own = (ci: Ci) => plan({ 'drayage.yml': config }, { ci }).files[0]?.text ?? '';

describe('the CI of a repository', () => {
  it.each([
    ['git@bitbucket.org:a/b.git', ['x.yml'], [], 'bitbucket'],
    ['https://gitlab.com/a/b', ['x.yml'], [], 'gitlab'],
    ['https://github.com/a/b', [], ['.gitlab-ci.yml'], 'github'],
    ['https://git.example.com/a/b', ['x.yml'], ['.gitlab-ci.yml'], 'github'],
    ['https://git.example.com/a/b', [], ['.gitlab-ci.yml'], 'gitlab'],
    [undefined, [], ['bitbucket-pipelines.yml'], 'bitbucket'],
    [undefined, [], [], undefined],
  ])('with the remote %s and the files %j %j is %s', (remote, workflows, paths, ci) => {
    const present = new Map(paths.map((path) => [path, '']));
    expect(ciOf({ ...nothing, remote, workflows, present })).toBe(ci);
  });
});

describe('the place of the workflow', () => {
  const mine = 'name: mine\n';
  const byHand = 'jobs: { a: { steps: [{ uses: drayage/drayage@v1 }] } }\n';

  it.each([
    [{}, 'deploy.yml', 'written'],
    [{ 'deploy.yml': mine }, 'drayage.yml', 'written'],
    [{ 'deploy.yml': mine, 'drayage.yml': '# uses: drayage/drayage\n' }, 'drayage-2.yml', 'written'],
    [{ 'ship.yml': byHand }, 'ship.yml', 'used'],
    [{ 'deploy.yml': byHand, 'drayage.yml': own('github') }, 'drayage.yml', 'same'],
    [{ 'deploy.yml': `${own('github')}# more\n` }, 'deploy.yml', 'kept'],
  ])('beside %j is %s, and %s', (workflows, name, fate) => {
    const folder = '.github/workflows/';
    const files = Object.entries(workflows).map(([file, text]) => [folder + file, text]);
    const present = { 'drayage.yml': config, ...Object.fromEntries(files) };
    expect(plan(present).files).toMatchObject([{ path: folder + name, fate }]);
    const forced = fate === 'kept' ? 'written' : fate;
    expect(plan(present, { force: true }).files).toMatchObject([{ path: folder + name, fate: forced }]);
  });

  it.each(['gitlab', 'bitbucket'] as const)('on %s is one file, and never that of somebody else', (ci) => {
    const path = ci === 'gitlab' ? '.gitlab-ci.yml' : 'bitbucket-pipelines.yml';
    const fate = (text: string, force: boolean) => plan({ 'drayage.yml': config, [path]: text }, { ci, force }).files;
    expect(fate(mine, true)).toMatchObject([{ path, fate: 'foreign' }]);
    expect(fate(`${own(ci)}\n`, false)).toMatchObject([{ path, fate: 'kept' }]);
    expect(fate(`${own(ci)}\n`, true)).toMatchObject([{ path, fate: 'written' }]);
  });
});

describe('the next steps', () => {
  const commands = (files: Readonly<Record<string, string>>, asked: Asked) =>
    plan(files, asked).next.flatMap(({ command }) => command ?? []);

  it('name a key that is there', () => {
    const keys = ['~/.ssh/id_rsa'];
    expect(commands({ 'drayage.yml': config }, { keys })).toEqual([
      'npx drayage validate',
      'npx drayage up --ssh-key ~/.ssh/id_rsa',
      'gh secret set SSH_KEY < ~/.ssh/id_rsa',
    ]);
  });

  it('make one where there is none', () => {
    expect(commands({ 'drayage.yml': config }, { ci: 'none' })).toEqual([
      "ssh-keygen -t ed25519 -N '' -C drayage -f ~/.ssh/drayage",
      'ssh-copy-id -i ~/.ssh/drayage.pub USER@HOST',
      'npx drayage validate',
      'npx drayage up --ssh-key ~/.ssh/drayage',
    ]);
  });

  it('make one for a new server, unless that was done before', () => {
    const made = "ssh-keygen -t ed25519 -N '' -C drayage -f ~/.ssh/drayage";
    const host = '203.0.113.10';
    expect(commands({}, { host, keys: ['~/.ssh/id_rsa'] })[0]).toBe(made);
    const [first] = commands({}, { host, keys: ['~/.ssh/drayage', '~/.ssh/id_rsa'] });
    expect(first).toBe('ssh-copy-id -i ~/.ssh/drayage.pub root@203.0.113.10');
  });

  it('say where keys and secrets go in a browser', () => {
    const files = { 'drayage.yml': 'a: "${{ secrets.A }}"\n' };
    const last = (ci: Ci) => plan(files, { ci }).next.at(-1)?.why;
    expect(last('gitlab')).toMatch(
      /: DRAYAGE_SSH_KEY of type File with .* ~\/\.ssh\/drayage; masked: DRAYAGE_SECRET_A$/,
    );
    expect(last('bitbucket')).toMatch(/: the two halves of ~\/\.ssh\/drayage; Repository variables, secured: A$/);
  });

  it('need no key on this machine', () => {
    for (const ci of ['none', 'github', 'gitlab', 'bitbucket'] as const) {
      expect(plan({}, { host: 'local', ci }).next.map(({ command }) => command)).toEqual([
        'npx drayage validate',
        'npx drayage up',
      ]);
    }
  });
});

describe('looking at a folder', () => {
  it('finds keys and the text of all workflows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-init-'));
    try {
      for (const [name, text] of [
        ['.ssh/id_rsa', ''],
        ['.ssh/drayage', ''],
        ['.ssh/other', ''],
        ['.github/workflows/ci.yaml', 'name: ci\n'],
      ] as const) {
        mkdirSync(join(folder, name, '..'), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
      const { keys, present, workflows } = await lookAt(folder, {}, folder);
      expect(keys).toEqual(['~/.ssh/drayage', '~/.ssh/id_rsa']);
      expect([workflows, [...present]]).toEqual([['ci.yaml'], [['.github/workflows/ci.yaml', 'name: ci\n']]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
