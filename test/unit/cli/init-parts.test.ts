import { describe, expect, it } from 'vitest';
import { ciOf, pathOf } from '../../../packages/cli/src/init/answers.ts';
import { readDockerfile } from '../../../packages/cli/src/init/dockerfile.ts';
import { secretNames } from '../../../packages/cli/src/init/plan.ts';
import type { Repository } from '../../../packages/cli/src/init/repository.ts';
import { outlineOf } from '../../../packages/core/src/config/outline.ts';

describe('readDockerfile', () => {
  it.each([
    ['FROM a\nEXPOSE 3000', [3000]],
    ['FROM a\nexpose 3000/tcp 53/udp 8080', [3000, 8080]],
    ['FROM a\nEXPOSE 1\nFROM b\nEXPOSE 2 2', [2]],
    ['ARG PORT=8080\nFROM a\nEXPOSE ${PORT}', [8080]],
    ['FROM a\nENV PORT 9000\nEXPOSE $PORT/tcp', [9000]],
    ['FROM a\nEXPOSE ${PORT:-7000}', [7000]],
    ['FROM a\nEXPOSE \\\n  80 \\\n  # a comment\n  443', [80, 443]],
    ['FROM a\n# EXPOSE 80\nEXPOSE $UNKNOWN 0 70000', []],
    ['FROM a\r\nEXPOSE 80\r\n', [80]],
  ])('finds the ports of %j', (text, ports) => {
    expect(readDockerfile(text).ports).toEqual(ports);
  });

  it('finds what is copied out of the context, and not out of other stages', () => {
    const text = 'FROM a\nCOPY --chown=1 ./apps/api /x\nCOPY --from=b /y /z\nADD ["apps/web/a b", "c", "/d"]\n';
    expect(readDockerfile(text).copied).toEqual(['apps/api', 'apps/web/a b', 'c']);
  });
});

describe('what the remote tells', () => {
  it.each([
    ['git@github.com:acme/shop.git', 'github', 'acme/shop'],
    ['https://github.com/acme/shop', 'github', 'acme/shop'],
    ['ssh://git@gitlab.example.com:2222/team/sub/shop.git', 'gitlab', 'team/sub/shop'],
    ['https://gitlab.com/acme/shop.git/', 'gitlab', 'acme/shop'],
    ['git@bitbucket.org:acme/shop.git', 'bitbucket', 'acme/shop'],
    ['git@git.example.com:github/shop.git', undefined, 'github/shop'],
    [undefined, undefined, undefined],
  ])('of %s', (remote, ci, path) => {
    const repository: Repository = {
      folder: 'x',
      dockerfiles: [],
      remote,
      present: new Map(),
      workflows: [],
      keys: [],
    };
    expect(ciOf(repository)).toBe(ci);
    expect(pathOf(remote)).toBe(path);
  });
});

describe('secretNames', () => {
  it('finds each secret once, and none in comments or behind an escape', () => {
    const text = 'a: "${{ secrets.A }} ${{secrets.B}}"\n# ${{ secrets.C }}\nb: "$${{ secrets.D }} ${{ secrets.A }}"\n';
    expect(secretNames(text)).toEqual(['A', 'B']);
  });
});

describe('outlineOf', () => {
  it.each([
    ['', [], [], ['production']],
    ['services: { web: }', ['web'], [], ['production']],
    ['servers:\n  a: {\nservices:\n  web:\n    source: [', ['web'], ['a'], ['production']],
    [
      'environments: { staging: { services: { web: {}, job: {} } } }\nservices: { web: {} }',
      ['web', 'job'],
      [],
      ['staging'],
    ],
    ['services: [web]\nservers: text', [], [], ['production']],
    [': : :\n\t- {', [], [], ['production']],
    ['a: &a [*a]', [], [], ['production']],
  ])('reads names out of %j', (text, services, servers, environments) => {
    expect(outlineOf(text)).toEqual({ services, servers, environments });
  });
});
