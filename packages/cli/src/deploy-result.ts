import type { Result } from '@drayage/core/host/command';
import type { DeployResult } from '@drayage/core/service/roll';

export const deployOutputs = {
  'deployment-id': 'Id of the deployment in the history.',
  status: 'done, unchanged or planned.',
  'pinned-image': 'The image that runs, by digest.',
  'previous-image': 'The image that ran before.',
};

/** Outputs and summary row of a deployment, whichever command it was made by. */
export function deployResult(service: string, result: DeployResult): Result {
  const { deploymentId, status, pinnedImage, previousImage, nodes } = result;
  const [image, digest] = pinnedImage.split('@');
  return {
    outputs: { 'deployment-id': deploymentId, status, 'pinned-image': pinnedImage, 'previous-image': previousImage },
    deployed: [{ service, image, digest, nodes: nodes.map(({ server }) => server), status }],
  };
}
