import { stringify } from 'yaml';
import { version } from '../../packages/cli/src/version.ts';
import { type Declaration, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { notice, portableInputs } from './declarations.ts';

const home = 'https://bitbucket.org/drayage/drayage';

/** The pipe: its variables are the inputs with plain names, of the root action and of every single step. */
export function pipeYaml(root: Declaration, steps: readonly Declaration[]): string {
  const names = new Set([root, ...steps].flatMap((each) => portableInputs(each).map(({ name }) => snakeCase(name))));
  const content = {
    name: 'Drayage',
    // As Bitbucket's list of pipes takes it: account, image and tag on Docker Hub.
    image: `drayage/drayage-pipe:${version}`,
    description: root.summary,
    category: 'Deployment',
    repository: home,
    maintainer: { name: 'Drayage', website: home },
    vendor: { name: 'Drayage', website: home },
    tags: ['deployment', 'docker', 'ssh'],
    variables: [...names].map((name) => ({ name })),
  };
  return notice('packages/cli/src/action-inputs.ts') + stringify(content, { lineWidth: 0 });
}
