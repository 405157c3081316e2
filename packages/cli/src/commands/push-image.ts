import { isSigned } from '@drayage/core/config/gates';
import { isReachedOverSsh, pickService } from '@drayage/core/config/pick';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { serverName } from '@drayage/core/host/input/overrides';
import { pushImage } from '../../../../actions/push-image/inputs.ts';
import { dirt, tagsOf } from '../image-to-deploy.ts';

export const command: Command<(typeof pushImage)['inputs']['shape']> = {
  declaration: pushImage,

  async run(call) {
    const { inputs, context, state } = call;
    const [project, service, git] = await Promise.all([call.project(), call.service(), call.checkout()]);
    if (pickService(project, service).build?.type === 'compose') {
      return (await import('../composed.ts')).pushComposed(call, project, service);
    }
    const built = inputs['image-id'] === undefined ? await call.handedOver(project, service) : undefined;
    const image = inputs['image-id'] ?? built?.imageId;
    const given = inputs.server === undefined ? undefined : serverName(inputs.server);
    const server = given ?? built?.server ?? pickService(project, service).build?.servers[0];
    if (image === undefined || server === undefined) {
      throw new DrayageError('IMAGE_NOT_FOUND', `Nothing says which image of service ${service} is to be pushed.`, {
        hint: `${nothingCame(inputs['state-artifact'])}Run build-remote in the same run before, or give --image-id and --server.`,
      });
    }
    if (isReachedOverSsh(project, pickService(project, service), server)) await call.warm([server]);
    const { pushImage: push } = await import('@drayage/core/image/push');
    const { sourceCommit, digest } = built ?? {};
    const spec = pickService(project, service);
    const pushed = await push(context, {
      project,
      service,
      server,
      image,
      git: { ...git, ...dirt(spec, built) },
      sourceCommit,
      digest,
    });
    if (isSigned(spec)) {
      const { signPushed } = await import('@drayage/core/trust/clear');
      await signPushed(context, { project, service: spec, image: pushed.pinnedImage });
    }
    const values = { server, tags: tagsOf(...pushed.tags), digest: pushed.digest };
    const handedOn =
      built === undefined
        ? state.begin(project, service, { ...values, imageId: image })
        : state.add(project, service, values);
    return {
      outputs: {
        image: pushed.image,
        digest: pushed.digest,
        'pinned-image': pushed.pinnedImage,
        tags: pushed.tags.join(','),
        state: handedOn,
      },
    };
  },
};

function nothingCame(artifact: string | undefined): string {
  return artifact === undefined ? '' : `No earlier job handed it on by the artifact "${artifact}". `;
}
