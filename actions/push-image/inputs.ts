import { declaration } from '@drayage/core/host/input/declaration';
import { flag, secret, text } from '@drayage/core/host/input/pieces';
import {
  buildServerInput,
  connectionInputs,
  projectInputs,
  runInputs,
  serviceInput,
  stateInputs,
  stateOutput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { imageInputs } from '../build-remote/inputs.ts';

/** Credentials of the registry the image is in, where drayage.yml does not have them. */
export const registryInputs = {
  registry: text('Registry the following credentials are for.', { otherwise: 'the one of `image`' }),
  'registry-username': text('User of the registry.', { sets: 'registries.@.username' }),
  'registry-password': secret('Password or token of the registry.', { sets: 'registries.@.password' }),
  'registry-insecure': flag('The registry speaks plain HTTP.', { sets: 'registries.@.insecure', otherwise: 'false' }),
};

export const pushImage = declaration({
  name: 'push-image',
  summary: 'Push a built image to its registry and read its digest back.',
  description:
    'Credentials never touch the disk of the server. The digest is asked of the registry afterwards and compared.',
  inputs: z.object({
    ...serviceInput,
    ...buildServerInput,
    'image-id': text('Id of the image on the build server.', { otherwise: 'what build-remote handed over' }),
    ...imageInputs,
    ...registryInputs,
    ...projectInputs,
    ...connectionInputs,
    ...stateInputs,
    ...runInputs,
  }),
  outputs: {
    image: 'The image with its first tag.',
    digest: 'sha256:… of the manifest, as the registry gave it.',
    'pinned-image': 'The image by digest: what deploy-service takes.',
    tags: 'All tags that were pushed, comma-separated.',
    'compose-file': 'Of a service that is built of a compose file: that file with its images by digest.',
    ...stateOutput,
  },
  examples: ['push-image --service web'],
});
