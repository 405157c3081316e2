import type { ServiceSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';

/** Throws BUILD_IMPOSSIBLE for a service that cannot be deployed: of a compose file, images are made and nothing else yet. */
export function refuseComposed(service: ServiceSpec): void {
  if (service.build?.type !== 'compose') return;
  throw new DrayageError(
    'BUILD_IMPOSSIBLE',
    `Service ${service.name} is built of a compose file, whose services cannot be deployed yet.`,
    {
      hint: `Build and push its images: drayage build-remote --service ${service.name}, then drayage push-image --service ${service.name}; the file with their digests is then .drayage/compose-${service.name}.yml.`,
      at: service.at,
    },
  );
}
