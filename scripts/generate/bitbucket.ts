import { stringify } from 'yaml';
import { version } from '../../packages/cli/src/version.ts';
import { type Declaration, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { describe, notice, portableInputs } from './declarations.ts';
import { table } from './markdown.ts';

const home = 'https://bitbucket.org/drayage/drayage';

/**
 * The pipe's metadata. Its `variables` are for defaults alone, which would win over drayage.yml: so there are none, and a pipe
 * takes any variable it is given. What it understands stands in the README, as in those of Atlassian's own pipes.
 */
export function pipeYaml(root: Declaration): string {
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
  };
  return notice('packages/cli/src/action-inputs.ts') + stringify(content, { lineWidth: 0 });
}

/** The variables of the pipe: the inputs with plain names, of the root action and of every single step. */
export function variableTable(root: Declaration, steps: readonly Declaration[]): string {
  const inputs = [root, ...steps].flatMap((each) => portableInputs(each));
  const first = new Map(inputs.toReversed().map((input) => [input.name, input]));
  const rows = [...new Set(inputs.map(({ name }) => name))].flatMap((name) => {
    const input = first.get(name);
    if (input === undefined) return [];
    // Unlike the root action, the pipe runs every command.
    const meaning =
      name === 'command'
        ? 'What to do: any command of `drayage help`, such as plan, build-remote, deploy-service, rollback. Default: up.'
        : describe(input);
    return [[`\`${snakeCase(name)}\``, meaning]];
  });
  return table(['variable', 'meaning'], rows);
}
