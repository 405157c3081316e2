import { pickService, sshBuilders } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { buildRemote } from '../../../../actions/build-remote/inputs.ts';
import { tagsOf } from '../image-to-deploy.ts';

export const command: Command<(typeof buildRemote)['inputs']['shape']> = {
  declaration: buildRemote,

  async run(call) {
    const { load } = call.inputs;
    const [project, service, git] = await Promise.all([call.project(), call.service(), call.checkout()]);
    const spec = pickService(project, service);
    const servers = sshBuilders(project, spec);
    // With several, the first look says which are needed.
    if (servers.length === 1) await call.warm(servers);
    if (spec.build?.type === 'compose') return (await import('../composed.ts')).buildComposed(call, project, service);
    const { buildService } = await import('@drayage/core/build/build');
    const isHere = spec.source.kind === 'path';
    const told = isHere ? call.warnOfChanges() : undefined;
    call.state.forget(project, service, isHere ? git.sha : undefined);
    const built = await buildService(call.context, { project, service, git, load });
    await Promise.all([told, built.remember(built.digest)]);
    const { image, imageId, sourceCommit, platforms, server, digest } = built;
    const state = call.state.begin(project, service, {
      server,
      imageId,
      sourceCommit,
      isDirty: isHere ? git.isDirty : undefined,
      platforms: [...platforms],
      tags: tagsOf(image),
      // Of what the build itself has pushed; else it is known after the push.
      digest,
    });
    return {
      outputs: {
        image,
        'image-id': imageId,
        'source-commit': sourceCommit,
        platforms: platforms.join(','),
        state,
      },
    };
  },
};
