import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLocalSource } from '../../../packages/core/src/build/sources/local.ts';
import {
  findDockerfiles,
  looksLikeDockerfile,
  missingTarget,
  noDockerfile,
  stagesOf,
} from '../../../packages/core/src/build/sources/missing.ts';

describe('a Dockerfile that is not there', () => {
  const hint = (wanted: string, candidates: readonly string[], context = '.') =>
    noDockerfile({ wanted, where: 'the checkout', context, candidates }).hint;

  it.each([
    [
      'Dockerfile',
      ['docker/Dockerfile', 'Dockerfile.prod'],
      'Did you mean `dockerfile: docker/Dockerfile`? There is also Dockerfile.prod.',
    ],
    ['Dockerfile', ['Dockerfile.prod'], 'Did you mean `dockerfile: Dockerfile.prod`?'],
    [
      'Dokerfile',
      ['web.Dockerfile', 'Dockerfile'],
      'Did you mean `dockerfile: Dockerfile`? There is also web.Dockerfile.',
    ],
    ['docker/Dockerfil', ['docker/Dockerfile'], 'Did you mean `dockerfile: docker/Dockerfile`?'],
    ['Dockerfile', [], 'Name it under build.dockerfile, relative to the source.'],
  ])('%s beside %j', (wanted, candidates, expected) => {
    expect(hint(wanted, candidates)).toBe(expected);
  });

  it('is looked for in the context, where people put it', () => {
    expect(hint('Dockerfile', ['app/Dockerfile'], 'app')).toBe(
      'build.dockerfile is relative to the source, not to the context: write `dockerfile: app/Dockerfile`.',
    );
  });

  it('is not found in its ignore file', () => {
    const names = [
      'Dockerfile.dockerignore',
      '.dockerignore',
      'a/Dockerfile',
      'Containerfile',
      'web.dockerfile',
      'dockerize.sh',
    ];
    expect(names.filter(looksLikeDockerfile)).toEqual(['a/Dockerfile', 'Containerfile', 'web.dockerfile']);
  });
});

describe('a checkout without it', () => {
  it('is searched for files that may be it, the nearest first', async () => {
    const root = mkdtempSync(join(tmpdir(), 'drayage-missing-'));
    try {
      for (const path of ['deep/er/Dockerfile', 'Dockerfile.prod', 'node_modules/x/Dockerfile', '.git/Dockerfile']) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), '');
      }
      expect(findDockerfiles(root)).toEqual(['Dockerfile.prod', 'deep/er/Dockerfile']);
      await expect(readLocalSource({ root, context: '.', dockerfile: 'Dockerfile' })).rejects.toMatchObject({
        code: 'SOURCE_INVALID',
        message: `There is no Dockerfile in ${root}.`,
        hint: 'Did you mean `dockerfile: deep/er/Dockerfile`? There is also Dockerfile.prod.',
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('a stage that is not there', () => {
  const dockerfile = `# FROM not AS counted
FROM --platform=$BUILDPLATFORM node:22 AS deps
  from deps as Build
FROM scratch
RUN echo FROM x AS y
`;

  it('is told from those that are', () => {
    expect(stagesOf(dockerfile)).toEqual(['deps', 'Build']);
    const blamed = { service: 'web', server: 'builder', dockerfile: 'Dockerfile' };
    const log = 'ERROR: failed to solve: target stage "biuld" could not be found (did you mean build?)';
    expect(missingTarget(log, { ...blamed, stages: stagesOf(dockerfile) })).toMatchObject({
      code: 'BUILD_FAILED',
      message: 'The build of web on builder failed: Dockerfile has no stage "biuld".',
      hint: 'Did you mean "Build"? Its stages are: deps, Build.',
    });
    expect(missingTarget(log, { ...blamed, stages: [] })?.hint).toContain('FROM … AS <name>');
    expect(missingTarget('ERROR: failed to solve: no space left on device', { ...blamed, stages: [] })).toBeUndefined();
  });
});
