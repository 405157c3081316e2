import { stringify } from 'yaml';
import { command as teardown } from '../../packages/cli/src/commands/teardown.ts';
import { version } from '../../packages/cli/src/version.ts';
import {
  type Declaration,
  inputsOf,
  type NamedInput,
  snakeCase,
} from '../../packages/core/src/host/input/declaration.ts';
import { describe, notice, portableInputs } from './declarations.ts';
import { entryForm, entryScript, usualImage } from './gitlab-entry.ts';
import { type Place, placeOf } from './gitlab-place.ts';

const input = (name: string) => `$[[ inputs.${name} ]]`;

/** Its own for each job: what stops another environment must not take its place. */
const stopJobName = `${input('job-name')}-stop`;

/** Where jobs hand state to each other, unless the input `state-file` says otherwise. */
const usualState = '.drayage/state.json';

/**
 * A CI/CD component. Secrets are no inputs of it: they are CI/CD variables named DRAYAGE_<NAME>, File variables for keys.
 * Inputs arrive as DRAYAGE_INPUT_<NAME>, because an empty DRAYAGE_<NAME> here would hide the project's own variable.
 */
export function componentYaml(command: Declaration): string {
  const place = placeOf(command.name);
  const inputs = portableInputs(command).filter(({ kind }) => kind !== 'secret');
  const given = inputs.map((each) => [each.name, specification(each)] as const);
  const spec = { inputs: { ...jobInputs(command.name, place), ...Object.fromEntries(given) } };
  const head = stringify({ spec }, { lineWidth: 0, aliasDuplicateObjects: false });
  const jobs = {
    [input('job-name')]: job(command, place, inputs),
    ...(place.stops ? { [stopJobName]: stopJob(inputs) } : {}),
  };
  const body = stringify(jobs, { lineWidth: 0 });
  return `${notice(sourceOf(command))}${head}---\n${body}`;
}

/** What every component asks about its job. */
function jobInputs(command: string, place: Place): Record<string, object> {
  const text = (description: string, value: string) => ({ description, type: 'string', default: value });
  return {
    'job-name': text('Name of the job.', command),
    'job-stage': text('Stage of the job.', place.stage),
    'job-rules': {
      description: 'Rules of the job: when it runs.',
      type: 'array',
      default: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH', ...place.when }],
    },
    ...(place.url ? { 'job-url': text('URL of the environment, as GitLab shows it.', '$DRAYAGE_OUTPUT_URL') } : {}),
    'job-image': text('Image with Node.js 20.18 or newer.', usualImage),
    entry: text(
      `Where Drayage is taken from: the file drayage.cjs of a release by its URL and checksum, as ${entryForm}, or the path of a file in the job. Default: npx drayage@${version}.`,
      '',
    ),
    ...(place.stops ? stopInputs : {}),
  };
}

const stopInputs = {
  'stop-rules': {
    description:
      'Rules of the job that stops the environment by `drayage teardown`; they have to match where `job-rules` do. It waits for a person unless they say otherwise. Default: there is no such job.',
    type: 'array',
    default: [{ when: 'never' }],
  },
  'stop-volumes': {
    description: 'Whether it removes named volumes too, with all data in them.',
    type: 'boolean',
    default: false,
  },
};

/**
 * GitLab's own check of an input. Nothing given must stay nothing: a default would win over drayage.yml, except where the
 * input sets no key of it. So numbers and flags of drayage.yml are texts that may be empty.
 */
function specification(each: NamedInput): object {
  const { name, kind, options } = each;
  const description = describe(each);
  if (isBoolean(each)) return { description, type: 'boolean', default: false };
  const values = kind === 'flag' ? ['true', 'false'] : options;
  const text = { description, type: 'string', default: name in usual ? usual[name] : '' };
  if (values !== undefined) return { ...text, options: ['', ...values] };
  const regex = patterns[kind];
  return regex === undefined ? text : { ...text, regex };
}

function isBoolean({ kind, sets, otherwise }: NamedInput): boolean {
  return kind === 'flag' && sets === undefined && otherwise === 'false';
}

/** What holds anyway when nothing is given, where the job itself needs it: its environment and its artifact. */
const usual: Readonly<Record<string, string>> = { environment: 'production', 'state-file': usualState };

const patterns: Readonly<Partial<Record<NamedInput['kind'], string>>> = {
  number: '^[0-9]*$',
  duration: '^([0-9]+(ms|s|m|h|d))*$',
  size: '^([0-9.]+ ?[kmgtKMGT]?i?[bB]?)?$',
};

/** Variables are texts to GitLab. With a blank behind it, which Drayage takes off, a boolean is one. */
function variablesOf(inputs: readonly NamedInput[]): Record<string, string> {
  const value = (each: NamedInput) => `${input(each.name)}${isBoolean(each) ? ' ' : ''}`;
  const variables = inputs.map((each) => [`DRAYAGE_INPUT_${snakeCase(each.name)}`, value(each)]);
  return { DRAYAGE_ENTRY: input('entry'), ...Object.fromEntries(variables) };
}

/** Knows of the component's inputs those that say what is there, and where. It needs nothing of the jobs before it. */
function stopJob(inputs: readonly NamedInput[]): object {
  const names = new Set(inputsOf(teardown.declaration).map(({ name }) => name));
  return {
    stage: input('job-stage'),
    image: input('job-image'),
    rules: input('stop-rules'),
    // A rule that does not say when makes a button of it.
    when: 'manual',
    allow_failure: true,
    needs: [],
    environment: { name: input('environment'), action: 'stop' },
    resource_group: `drayage/${input('environment')}`,
    interruptible: false,
    variables: {
      ...variablesOf(inputs.filter(({ name }) => names.has(name))),
      DRAYAGE_INPUT_VOLUMES: `${input('stop-volumes')} `,
    },
    script: entryScript('teardown'),
  };
}

function job(command: Declaration, place: Place, inputs: readonly NamedInput[]): object {
  const hasStateFile = inputs.some(({ name }) => name === 'state-file');
  const state = 'state' in command.outputs ? [hasStateFile ? input('state-file') : usualState] : [];
  return {
    stage: input('job-stage'),
    image: input('job-image'),
    rules: input('job-rules'),
    ...(place.atOnce ? { needs: [] } : {}),
    environment: {
      name: input('environment'),
      ...(place.url ? { url: input('job-url') } : {}),
      ...(place.stops ? { on_stop: stopJobName } : {}),
      ...(place.action === 'start' ? {} : { action: place.action }),
    },
    ...(place.alone ? { resource_group: `drayage/${input('environment')}` } : {}),
    interruptible: false,
    variables: variablesOf(inputs),
    script: entryScript(command.name),
    artifacts: {
      when: 'always',
      paths: [...state, '.drayage/outputs.json'],
      reports: { dotenv: '.drayage/outputs.env' },
      expire_in: '1 week',
    },
  };
}

function sourceOf({ name }: Declaration): string {
  return ['up', 'rollback'].includes(name) ? `packages/cli/src/commands/${name}.ts` : `actions/${name}/inputs.ts`;
}
