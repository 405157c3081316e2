import { isGated } from '@drayage/core/config/gates';
import type { Project, ServiceSpec } from '@drayage/core/config/model';
import { pickService } from '@drayage/core/config/pick';
import type { Context } from '@drayage/core/context';
import type { Call, Command } from '@drayage/core/host/command';
import type { SendRequest } from '@drayage/core/image/direct/send';
import { deployService } from '../../../../actions/deploy-service/inputs.ts';
import { deployResult } from '../deploy-result.ts';
import { imageToDeploy } from '../image-to-deploy.ts';

export const command: Command<(typeof deployService)['inputs']['shape']> = {
  declaration: deployService,

  async run(call) {
    const { inputs, context, state } = call;
    const [project, service, git] = await Promise.all([call.project(), call.service(), call.checkout()]);
    if (pickService(project, service).build?.type === 'compose') {
      (await import('@drayage/core/build/compose/refuse')).refuseComposed(pickService(project, service));
    }
    const handed = inputs.image === undefined ? await call.handedOver(project, service) : undefined;
    const { image: found, commit, heldBy, isByTag } = imageToDeploy(project, service, inputs.image, handed, git);
    const artifact = inputs['state-artifact'];
    if (isByTag === true && artifact !== undefined) {
      const what = `No earlier job of this run handed the image of ${service} on by the artifact "${artifact}", so it is ${found}.`;
      context.report.warn(what);
    } else if (isByTag === true) {
      context.report.note(`${service}: no earlier step of this run made an image, so it is ${found}.`);
    }
    const spec = pickService(project, service);
    const nodes = spec.deploy.servers;
    await call.warm(heldBy === undefined ? nodes : [...new Set([heldBy, ...nodes])]);
    const { deployService: deploy } = await import('@drayage/core/service/deploy');
    const dryRun = inputs['dry-run'];
    // What is not let through does not travel either.
    const letIn = isGated(spec) && dryRun !== true ? await letThrough(call, project, spec, found) : undefined;
    const image =
      heldBy === undefined
        ? (letIn ?? found)
        : await bring(call.context, { project, service, server: heldBy, imageId: found, dryRun });
    const cleared = letIn === undefined ? undefined : image;
    const result = await deploy(context, {
      project,
      service,
      image: cleared ?? image,
      cleared,
      commit,
      title: inputs.title ?? git.subject,
      description: inputs.description,
      dryRun,
    });
    const { outputs, deployed } = deployResult(service, result);
    const handedOn =
      dryRun === true ? state.packed() : state.add(project, service, { deploymentId: result.deploymentId });
    return { outputs: { ...outputs, state: handedOn }, deployed };
  },
};

/** Verified and scanned by its digest, before anything on a node changes. */
async function letThrough(
  { context }: Pick<Call<unknown>, 'context'>,
  project: Project,
  service: ServiceSpec,
  image: string,
): Promise<string> {
  const { clearImage } = await import('@drayage/core/trust/clear');
  return clearImage(context, { project, service, image });
}

/** Loaded where it is needed: most services have a registry. */
async function bring(context: Context, request: SendRequest): Promise<string> {
  const { sendImage } = await import('@drayage/core/image/direct/send');
  return sendImage(context, request);
}
