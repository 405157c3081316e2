import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '@drayage/core/config/model';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Call, Result } from '@drayage/core/host/command';
import { dirt, isHere, tagsOf } from './image-to-deploy.ts';

/** Builds every image of a compose file, one after the other. */
export async function buildComposed(call: Call<object>, given: Project, name: string): Promise<Result> {
  const { context, state } = call;
  const git = await call.checkout();
  const [{ openComposed }, { buildService }] = await Promise.all([
    import('@drayage/core/build/compose/open'),
    import('@drayage/core/build/build'),
  ]);
  const { project, parts } = await openComposed(context, given, name, git);
  const all = [];
  let handedOn = state.packed();
  for (const { spec } of parts) state.forget(project, spec.name, isHere(spec) ? git.sha : undefined);
  for (const { spec } of parts) {
    const built = await buildService(context, { project, service: spec.name, git });
    await built.remember(built.digest);
    const { image, imageId, sourceCommit, platforms, server, digest } = built;
    const tags = tagsOf(image);
    handedOn = state.begin(project, spec.name, {
      server,
      imageId,
      sourceCommit,
      isDirty: isHere(spec) ? git.isDirty : undefined,
      platforms: [...platforms],
      tags,
      digest,
    });
    all.push(built);
  }
  return {
    outputs: {
      image: all.map(({ image }) => image).join(','),
      'image-id': all.map(({ imageId }) => imageId).join(','),
      'source-commit': all[0]?.sourceCommit,
      platforms: [...new Set(all.flatMap(({ platforms }) => platforms))].join(','),
      state: handedOn,
    },
  };
}

/** Pushes every image of a compose file, and writes the file with their digests. */
export async function pushComposed(call: Call<object>, given: Project, name: string): Promise<Result> {
  const { context, state, cwd } = call;
  const git = await call.checkout();
  const [{ openComposed }, { pushImage }] = await Promise.all([
    import('@drayage/core/build/compose/open'),
    import('@drayage/core/image/push'),
  ]);
  const { project, parts, file } = await openComposed(context, given, name, git);
  const all = [];
  const pinned: Record<string, string> = {};
  let handedOn = state.packed();
  for (const { spec, composeService } of parts) {
    const built = await call.handedOver(project, spec.name);
    const server = built?.server ?? spec.build?.servers[0];
    if (built?.imageId === undefined || server === undefined) {
      throw new DrayageError(
        'IMAGE_NOT_FOUND',
        `Nothing says which image of ${composeService} in ${file.name} is to be pushed.`,
        {
          hint: `Build them in the same run before: drayage build-remote --service ${name}`,
        },
      );
    }
    if (spec.image === undefined) {
      const what = `Neither services.${name}.image nor an image of ${composeService} in ${file.name} names a registry to push to.`;
      throw new DrayageError('INPUT_INVALID', what, {
        hint: `For example services.${name}.image: ghcr.io/acme/${name}.`,
        at: spec.at,
      });
    }
    const { imageId: image, sourceCommit, digest } = built;
    const facts = { ...git, ...dirt(spec, built) };
    const pushed = await pushImage(context, {
      project,
      service: spec.name,
      server,
      image,
      git: facts,
      sourceCommit,
      digest,
    });
    handedOn = state.add(project, spec.name, { server, tags: tagsOf(...pushed.tags), digest: pushed.digest });
    pinned[composeService] = pushed.pinnedImage;
    all.push(pushed);
  }
  const path = join('.drayage', `compose-${name}.yml`);
  mkdirSync(join(cwd, '.drayage'), { recursive: true });
  writeFileSync(join(cwd, path), file.pinned(pinned));
  context.report.note(
    `${name}: ${path} is ${file.name} with ${all.length === 1 ? 'the image' : `the ${all.length} images`} by digest.`,
  );
  return {
    outputs: {
      image: all.map(({ image }) => image).join(','),
      digest: all.map(({ digest }) => digest).join(','),
      'pinned-image': all.map(({ pinnedImage }) => pinnedImage).join(','),
      tags: [...new Set(all.flatMap(({ tags }) => tags))].join(','),
      'compose-file': path,
      state: handedOn,
    },
  };
}
