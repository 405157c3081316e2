import { describe, expect, it } from 'vitest';
import { dirt, imageToDeploy } from '../../../packages/cli/src/image-to-deploy.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import type { ServiceState } from '../../../packages/core/src/host/state/state.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const git = { sha, branch: 'main' };
const digest = `sha256:${'a'.repeat(64)}`;
const imageId = `sha256:${'b'.repeat(64)}`;

async function projectOf(web: object = {}) {
  const text = JSON.stringify({
    project: 'shop',
    servers: { b: { host: 'b', role: 'both' } },
    services: { web: { source: { path: '.' }, image: 'ghcr.io/a/web', deploy: { mode: 'standalone' }, ...web } },
  });
  return (await loadProject({ text, file: 'drayage.yml', git })).project;
}

const choose = async (state?: Partial<ServiceState>, web?: object) =>
  imageToDeploy(await projectOf(web), 'web', undefined, state && { at: 1, ...state }, git);

describe('the image of a deployment', () => {
  it('is what earlier steps pushed', async () => {
    expect(await choose({ imageId, digest, sourceCommit: 'c' })).toEqual({
      image: `ghcr.io/a/web@${digest}`,
      commit: 'c',
    });
  });

  it('is never an older one than that which was built and not pushed', async () => {
    await expect(choose({ imageId })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: `Service web was built as ${imageId}, and that image was not pushed.`,
      hint: 'Run push-image before, or name what the registry has: --image ghcr.io/a/web:0123456789ab',
    });
  });

  it('is never an older one than that whose build did not succeed', async () => {
    await expect(choose({ isUnfinished: true })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: 'The last build of service web did not succeed, so there is no image of it to deploy.',
    });
  });

  it('is what the registry has for this commit where no step made one', async () => {
    expect(await choose()).toEqual({ image: 'ghcr.io/a/web:0123456789ab', commit: sha, isByTag: true });
  });

  it.each(['latest', 'branch'])('is of no known commit where the tag %s moves', async (tag) => {
    expect(await choose(undefined, { tags: [tag] })).toMatchObject({ commit: undefined, isByTag: true });
  });
});

describe('tags that name a commit', () => {
  it('say whether files differed when the image was built, not whether they do now', async () => {
    const [web] = (await projectOf()).services;
    if (web === undefined) throw new Error('no service');
    expect(dirt(web, { at: 1, isDirty: true })).toEqual({ isDirty: true });
    expect(dirt(web, { at: 1, isDirty: false })).toEqual({ isDirty: false });
    expect(dirt(web, undefined)).toEqual({});
  });
});
