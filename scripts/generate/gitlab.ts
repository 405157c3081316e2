import { stringify } from 'yaml';
import { version } from '../../packages/cli/src/version.ts';
import { type Declaration, type NamedInput, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { describe, notice, portableInputs } from './declarations.ts';
import { entryScript } from './gitlab-entry.ts';
import { type Place, placeOf } from './gitlab-place.ts';

const input = (name: string) => `$[[ inputs.${name} ]]`;

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
  const body = stringify({ [input('job-name')]: job(command, place, inputs) }, { lineWidth: 0 });
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
    'job-image': text('Image with Node.js 20.18 or newer.', 'node:24-bookworm-slim'),
    'job-entry': text(
      'Command that starts Drayage, such as "node dist/drayage.cjs" for a file of the repository.',
      `npx --yes drayage@${version}`,
    ),
    'entry-url': text('URL of the file drayage.cjs of a release, to start instead of `job-entry`.', ''),
    'entry-sha256': {
      ...text('SHA-256 checksum of the file at `entry-url`; another file is not started.', ''),
      regex: '^([0-9a-fA-F]{64})?$',
    },
  };
}

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

function job(command: Declaration, place: Place, inputs: readonly NamedInput[]): object {
  // Variables are texts to GitLab. With a blank behind it, which Drayage takes off, a boolean is one.
  const value = (each: NamedInput) => `${input(each.name)}${isBoolean(each) ? ' ' : ''}`;
  const variables = inputs.map((each) => [`DRAYAGE_INPUT_${snakeCase(each.name)}`, value(each)]);
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
      ...(place.action === 'start' ? {} : { action: place.action }),
    },
    ...(place.alone ? { resource_group: `drayage/${input('environment')}` } : {}),
    interruptible: false,
    variables: {
      DRAYAGE_ENTRY_URL: input('entry-url'),
      DRAYAGE_ENTRY_SHA256: input('entry-sha256'),
      ...Object.fromEntries(variables),
    },
    script: entryScript(input('job-entry'), command.name),
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
