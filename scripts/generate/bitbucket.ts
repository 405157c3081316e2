import { stringify } from 'yaml';
import { version } from '../../packages/cli/src/version.ts';
import { type Declaration, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { notice, portableInputs } from './declarations.ts';

/** The pipe: its variables are the inputs with plain names. */
export function pipeYaml(root: Declaration): string {
  const content = {
    name: 'Drayage',
    image: `docker.io/drayage/drayage-pipe:${version}`,
    description: root.summary,
    category: 'Deployment',
    repository: 'https://bitbucket.org/drayage/drayage',
    maintainer: { name: 'Drayage' },
    vendor: { name: 'Drayage' },
    tags: ['deployment', 'docker', 'ssh'],
    variables: portableInputs(root).map(({ name }) => ({ name: snakeCase(name) })),
  };
  return notice('packages/cli/src/action-inputs.ts') + stringify(content, { lineWidth: 0 });
}
