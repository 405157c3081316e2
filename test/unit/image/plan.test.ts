import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { destinationOf, pushScript, tagsToPush } from '../../../packages/core/src/image/plan.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'feature/x' };

async function service(web: object) {
  const text = JSON.stringify({ project: 'shop', servers: { b: { host: 'b', role: 'both' } }, services: { web } });
  const { project } = await loadProject({ text, file: 'drayage.yml', git });
  const [first] = project.services;
  if (first === undefined) throw new Error('no service');
  return { project, web: first };
}

describe('tagsToPush', () => {
  it.each([
    [
      'the tags of the commit',
      { image: 'ghcr.io/a/web', tags: ['sha', 'branch'] },
      'ghcr.io/a/web:0123456789ab',
      undefined,
      ['0123456789ab', 'feature-x'],
    ],
    [
      'also the tag the build gave',
      { image: 'ghcr.io/a/web', tags: ['latest'] },
      'ghcr.io/a/web:tree-1',
      undefined,
      ['tree-1', 'latest'],
    ],
    [
      'not the tag of an image that is called otherwise',
      { image: 'ghcr.io/a/web', tags: ['latest'] },
      'shop-web:1',
      undefined,
      ['latest'],
    ],
    [
      "another commit's facts for a foreign repository",
      { image: 'ghcr.io/a/web', tags: ['sha', 'branch'], source: { git: 'https://x.example/r', ref: 'main' } },
      'ghcr.io/a/web:ffffffffffff',
      'f'.repeat(40),
      ['ffffffffffff', 'main'],
    ],
    [
      'a tag for an image id',
      { image: 'ghcr.io/a/web', tags: ['sha'] },
      `sha256:${'a'.repeat(64)}`,
      undefined,
      ['0123456789ab'],
    ],
  ])('are %s', async (_, web, image, commit, expected) => {
    expect(tagsToPush((await service(web)).web, image, git, commit)).toEqual(expected);
  });
});

describe('destinationOf', () => {
  it('takes the registry from the name, and anonymous access where none is declared', async () => {
    const { project, web } = await service({ image: 'acme/web' });
    expect(destinationOf(project, web)).toEqual({
      registry: { host: 'docker.io', insecure: false },
      path: 'acme/web',
      repository: 'acme/web',
    });
  });
});

it('tells which tags were pushed, and fails alone for those that were not', () => {
  const docker = `docker() {
    [ "$1" = push ] || { echo "$*" >&2; return 0; }
    echo 'The push refers to repository [r/web]'
    echo 'aaaaaaaaaaaa: Preparing'
    case $2 in *:bad) echo 'denied: no'; return 1 ;; esac
    echo "\${2##*:}: digest: sha256:${'c'.repeat(64)} size: 528"
  }`;
  const output = execFileSync(
    'sh',
    ['-c', `${docker}\n${pushScript('r/web:one', ['r/web:one', 'r/web:bad', 'r/web:it'])}`],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines = output.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('@drayage')).sort()).toEqual([
    `@drayage pushed it sha256:${'c'.repeat(64)}`,
    `@drayage pushed one sha256:${'c'.repeat(64)}`,
  ]);
  expect(lines).toContain('denied: no');
  expect(output).not.toContain('Preparing');
});
