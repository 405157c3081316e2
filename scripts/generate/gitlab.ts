import { stringify } from 'yaml';
import { version } from '../../packages/cli/src/version.ts';
import { type Declaration, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { describe, notice, portableInputs } from './declarations.ts';

const input = (name: string) => `$[[ inputs.${name} ]]`;

/**
 * A CI/CD component. Secrets are no inputs of it: they are CI/CD variables named DRAYAGE_<NAME>, File variables for keys.
 * Inputs arrive as DRAYAGE_INPUT_<NAME>, because an empty DRAYAGE_<NAME> here would hide the project's own variable.
 */
export function componentYaml(command: Declaration): string {
  const inputs = portableInputs(command).filter(({ kind }) => kind !== 'secret');
  const own = {
    'job-name': { description: 'Name of the job.', default: command.name },
    'job-stage': { description: 'Stage of the job.', default: 'deploy' },
    'job-image': { description: 'Image with Node.js 20.18 or newer.', default: 'node:24-bookworm-slim' },
    'job-entry': { description: 'How Drayage is started.', default: `npx --yes drayage@${version}` },
  };
  const given = inputs.map((each) => {
    const { name, kind, options } = each;
    const values = kind === 'flag' ? ['true', 'false'] : options;
    const choices = values === undefined ? {} : { options: ['', ...values] };
    return [name, { description: describe(each), default: '', ...choices }] as const;
  });
  const variables = inputs.map(({ name }) => [`DRAYAGE_INPUT_${snakeCase(name)}`, input(name)]);
  const job = {
    stage: input('job-stage'),
    image: input('job-image'),
    variables: Object.fromEntries(variables),
    script: [`${input('job-entry')} ${command.name}`],
    artifacts: {
      when: 'always',
      paths: ['.drayage/state.json'],
      reports: { dotenv: '.drayage/outputs.env' },
      expire_in: '1 week',
    },
    interruptible: false,
  };
  const head = stringify({ spec: { inputs: { ...own, ...Object.fromEntries(given) } } }, { lineWidth: 0 });
  const body = stringify({ [input('job-name')]: job }, { lineWidth: 0 });
  return `${notice(sourceOf(command))}${head}---\n${body}`;
}

function sourceOf({ name }: Declaration): string {
  return name === 'up' ? 'packages/cli/src/commands/up.ts' : `actions/${name}/inputs.ts`;
}
