import { declaration } from '@drayage/core/host/input/declaration';
import { flag, lines, list, text } from '@drayage/core/host/input/pieces';
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

/** Inputs that say what is built, for every command that builds. */
export const buildInputs = {
  'source-git': text('Repository to build from, instead of this checkout.', { sets: 'services.*.source.git' }),
  'source-ref': text('Branch, tag or commit of the repository.', { sets: 'services.*.source.ref' }),
  'source-path': text('Folder of this checkout that is built.', {
    sets: 'services.*.source.path',
    otherwise: 'all of it',
  }),
  dockerfile: text('Dockerfile, relative to the context.', { sets: 'services.*.build.dockerfile' }),
  context: text('Build context, relative to the source.', { sets: 'services.*.build.context' }),
  target: text('Stage of the Dockerfile to build.', { sets: 'services.*.build.target' }),
  'build-args': lines('Build arguments, NAME=value, one a line. No secrets: they stay in the history of the image.', {
    sets: 'services.*.build.args',
    shape: 'pairs',
  }),
  platforms: list('Platforms such as linux/amd64.', { sets: 'services.*.build.platforms' }),
  'no-cache': flag('Build every step anew.', { sets: 'services.*.build.no-cache' }),
};

export const imageInputs = {
  image: text('Repository of the image, such as ghcr.io/acme/web.', {
    sets: 'services.*.image',
    shape: 'repository',
  }),
  tags: list('Tags: sha, branch, semver, or any text.', { sets: 'services.*.tags' }),
};

export const buildRemote = declaration({
  name: 'build-remote',
  summary: 'Build an image on a build server from git or from this checkout.',
  description:
    'Only changed content travels to the server. The build runs there detached: a broken connection does not end it, and Drayage goes on reading where it stopped.',
  inputs: z.object({
    ...serviceInput,
    ...buildServerInput,
    ...buildInputs,
    ...imageInputs,
    load: flag('Load the image into the Docker engine of this machine, too.'),
    ...projectInputs,
    ...connectionInputs,
    ...stateInputs,
    ...runInputs,
  }),
  outputs: {
    image: 'The image with its first tag.',
    'image-id': 'Id of the image on the build server.',
    'source-commit': 'The commit that was built.',
    platforms: 'Platforms of the image, comma-separated.',
    ...stateOutput,
  },
  examples: [
    'build-remote --service web',
    'build-remote --server ssh://root@build.example.com --image ghcr.io/acme/web --dockerfile docker/Dockerfile',
  ],
});
