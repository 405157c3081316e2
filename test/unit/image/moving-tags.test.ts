import { expect, it } from 'vitest';
import type { Context } from '../../../packages/core/src/context.ts';
import { warnOfMovingTags } from '../../../packages/core/src/image/moving-tags.ts';
import type { PushRequest } from '../../../packages/core/src/image/request.ts';

const destination = { registry: { host: 'r', insecure: false }, path: 'acme/web', repository: 'r/acme/web' };

function warnings(environment: string, ...pushes: string[][]): string[] {
  const said: string[] = [];
  const context = { report: { warn: (message: string) => said.push(message) } } as unknown as Context;
  const request = { project: { environment }, git: { sha: '0123456789abcdef' } } as unknown as PushRequest;
  for (const tags of pushes) warnOfMovingTags(context, request, destination, tags, undefined);
  return said;
}

it('warns once a run, in production, of the first tag that moves', () => {
  expect(warnings('production', ['0123456789ab', 'main', 'latest'], ['latest'])).toEqual([
    'r/acme/web:main moves with every push: this deployment is pinned by digest, but whoever else pulls the tag in production gets whatever was pushed last.',
  ]);
});

it('says nothing of tags that stay, of those of a version, and elsewhere', () => {
  expect(warnings('production', ['0123456789ab', '1.2.3', '1.2', '1', 'tree-0123456789ab'])).toEqual([]);
  expect(warnings('staging', ['latest'])).toEqual([]);
});
