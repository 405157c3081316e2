import { stringify } from 'yaml';
import { command as leftovers } from '../../packages/cli/src/commands/leftovers.ts';
import { type Declaration, inputsOf, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { describe, notice } from './declarations.ts';

/** Actions of GitHub's that hand artifacts on, pinned by commit. */
const download = 'actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131 # v7.0.0';
const upload = 'actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0';

const expression = (name: string) => `\${{ ${name} }}`;

/** The root action: one process with a real `post`. */
export function rootActionYaml(root: Declaration): string {
  return print('packages/cli/src/action-inputs.ts', {
    name: 'Drayage',
    description: root.summary,
    author: 'Drayage',
    branding: { icon: 'package', color: 'blue' },
    inputs: inputSection(root),
    outputs: Object.fromEntries(Object.entries(root.outputs).map(([name, description]) => [name, { description }])),
    runs: { using: 'node24', main: 'dist/action.cjs', post: 'dist/action.cjs', 'post-if': 'always()' },
  });
}

/**
 * One step as a composite action: inputs go in as environment, never as script text. They are DRAYAGE_INPUT_<NAME>,
 * because an empty DRAYAGE_<NAME> here would hide the one that the workflow sets.
 */
export function compositeYaml(command: Declaration): string {
  const { name, summary } = command;
  const inputs = inputsOf(command);
  const handsOn = inputs.some((input) => input.name === 'state-artifact');
  const outputs = Object.entries(command.outputs).map(([output, description]) => [
    output,
    { description, value: expression(`steps.run.outputs.${output}`) },
  ]);
  const run = {
    name: `drayage ${name}`,
    id: 'run',
    shell: 'bash',
    env: {
      ...Object.fromEntries(inputs.map((input) => [variableOf(input.name), expression(`inputs.${input.name}`)])),
      // GitHub only warns of a misspelt input. Here its name arrives too, and is refused.
      DRAYAGE_INPUTS: expression('toJSON(inputs)'),
    },
    run: script(name),
  };
  const free = freeLeftovers(inputs.map((input) => input.name));
  return print(`actions/${name}/inputs.ts`, {
    name: `Drayage ${name}`,
    description: summary,
    author: 'Drayage',
    branding: { icon: 'package', color: 'blue' },
    inputs: inputSection(command),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'composite', steps: handsOn ? [fetchState, run, handStateOn(name), free] : [run, free] },
  });
}

/** `exec`, so that the runner's signals reach Drayage itself and not a shell that keeps them. */
function script(name: string): string {
  return [
    'if ! command -v node >/dev/null; then',
    `  echo "::error title=drayage ${name}::Drayage needs Node.js 20.18 or newer on the runner and found no node; add actions/setup-node before this step."`,
    '  exit 1',
    'fi',
    `exec node "$GITHUB_ACTION_PATH/../../dist/drayage.cjs" ${name}`,
    '',
  ].join('\n');
}

/**
 * What `post` is to the root action. It stands last, so that it runs whatever a step before it did, and it is not even started
 * after a run that ended by itself: that one took its output back. Another job's runs are none of its business.
 */
function freeLeftovers(inputs: readonly string[]) {
  const own = inputsOf(leftovers.declaration).map(({ name }) => name);
  const shared = own.filter((name) => inputs.includes(name) && name !== 'timeout');
  const env = shared.map((name) => [variableOf(name), expression(`inputs.${name}`)]);
  // Servers by their address stand in no drayage.yml; a build server is given alone.
  if (inputs.includes('server')) env.push([variableOf('servers'), expression('inputs.server')]);
  return {
    name: 'Free what a run that was killed left',
    if: expression("always() && steps.run.outputs.unfinished != ''"),
    shell: 'bash',
    env: { ...Object.fromEntries(env), [variableOf('run')]: expression('steps.run.outputs.unfinished') },
    run: 'node "$GITHUB_ACTION_PATH/../../dist/drayage.cjs" leftovers || true\n',
  };
}

const variableOf = (input: string) => `DRAYAGE_INPUT_${snakeCase(input)}`;

const fetchState = {
  name: 'Fetch the state of earlier jobs',
  if: expression("inputs.state-artifact != ''"),
  uses: download,
  with: { pattern: `${expression('inputs.state-artifact')}-*`, path: '.drayage/artifacts' },
};

/** What later jobs cannot do without: which image there is. A deploy that worked stays one, whatever becomes of its state. */
const needed = ['build-remote', 'push-image'];

function handStateOn(action: string) {
  const artifact = expression('inputs.state-artifact');
  const service = expression("inputs.service || 'service'");
  const environment = expression("inputs.environment || 'production'");
  return {
    name: 'Hand the state on',
    if: expression("inputs.state-artifact != ''"),
    ...(needed.includes(action) ? {} : { 'continue-on-error': true }),
    uses: upload,
    with: {
      name: `${artifact}-${action}-${service}-${environment}-${expression('github.run_attempt')}`,
      path: expression("inputs.state-file || '.drayage/state.json'"),
      'include-hidden-files': true,
      'if-no-files-found': 'ignore',
    },
  };
}

function inputSection(command: Declaration) {
  return Object.fromEntries(
    inputsOf(command).map((input) => [input.name, { description: describe(input), required: false }]),
  );
}

function print(source: string, content: object): string {
  const text = stringify(content, { lineWidth: 0 });
  // A pinned commit with its version behind it is a comment to YAML; the printer quotes it.
  return notice(source) + text.replace(/uses: "?([^"\n#]+?) # (v[\d.]+)"?$/gm, 'uses: $1 # $2');
}
