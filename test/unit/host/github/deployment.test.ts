import { describe, expect, it } from 'vitest';
import { deadline } from '../../../../packages/core/src/host/github/attempts.ts';
import { deployment } from '../../../../packages/core/src/host/github/deployment.ts';
import { isTransient, payloadOf, supersedes } from '../../../../packages/core/src/host/github/deployment-facts.ts';
import { done, listen, subject } from './listening.ts';

const of = (services: string[], project = 'shop') => payloadOf({ ...subject, project, services });

describe('supersedes', () => {
  it.each([
    [['web'], ['web'], true],
    [['web', 'api'], ['api'], true],
    [['web'], ['api'], false],
    [['web'], ['web', 'api'], false],
  ])('%j takes the place of %j: %j', (now, earlier, expected) => {
    expect(supersedes(of(now), of(earlier))).toBe(expected);
    expect(supersedes(of(now), JSON.stringify(of(earlier)))).toBe(expected);
  });

  it.each([undefined, null, '', '{', 'text', {}, [], { drayage: 1 }, { drayage: { project: 'shop', services: [] } }])(
    "leaves somebody else's deployment alone: %j",
    (payload) => {
      expect(supersedes(of(['web']), payload)).toBe(false);
    },
  );

  it('leaves those of another project alone', () => {
    expect(supersedes(of(['web']), of(['web'], 'blog'))).toBe(false);
  });
});

describe('isTransient', () => {
  it.each([
    ['pr-12', 12, true],
    ['review/12', 12, true],
    ['pr-123', 12, false],
    ['staging', 12, false],
    ['pr-12', undefined, false],
  ])('%s of pull request %s: %j', (environment, number, expected) => {
    expect(isTransient(environment, number)).toBe(expected);
  });
});

describe('a deployment', () => {
  it('that may not be made is one warning and one request', async () => {
    await using github = await listen(() => [403, { message: 'Resource not accessible by integration' }]);
    const teller = deployment(github.options);
    await teller.begin?.(deadline(5000), subject);
    await teller.end(deadline(5000), subject, done);
    expect(github.asked).toHaveLength(1);
    expect(github.warnings).toEqual([
      'The deployment was not told to GitHub: GitHub refused it (403). The token needs `permissions: deployments: write`.',
    ]);
  });

  it('is not made where drayage.yml could not be read', async () => {
    await using github = await listen(() => [201, { id: 1 }]);
    await deployment(github.options).end(deadline(5000), { ...subject, project: undefined }, done);
    expect(github.asked).toEqual([]);
  });
});
