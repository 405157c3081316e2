import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { rootAction, rootCommands } from '../../packages/cli/src/action-inputs.ts';
import { commands, reservedCommands } from '../../packages/cli/src/commands.ts';
import { type Declaration, inputsOf, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { metaOf } from '../../packages/core/src/host/input/pieces.ts';
import { loadDeclarations, portableInputs } from '../../scripts/generate/declarations.ts';
import { stale } from '../../scripts/generate.ts';

const { all, actions } = await loadDeclarations();
const composites = globSync('actions/*/action.yml').sort();
const templates = globSync('packages/gitlab/templates/*.yml').sort();
const read = (path: string) => readFileSync(path, 'utf8');

/** The command a GitLab component runs, and what the component says. */
const commandOf = (template: string) =>
  all.find(({ name }) => name === template.replace(/.*\/|\.yml$/g, '')) as Declaration;
function component(template: string) {
  const [head, body] = parseAllDocuments(read(template)).map((document) => document.toJS());
  type Inputs = Record<string, { default: unknown; type: unknown }>;
  return {
    spec: head.spec as { inputs: Inputs },
    job: Object.values(body)[0] as { variables: Record<string, string> },
  };
}

describe('generated files', () => {
  it('are what the declarations say', async () => {
    expect(await stale()).toEqual([]);
  });

  it('exist for every action', () => {
    expect(composites).toEqual(actions.map(({ name }) => `actions/${name}/action.yml`).sort());
    const components = ['up', 'rollback', ...actions.map(({ name }) => name)];
    expect(templates).toEqual(components.map((name) => `packages/gitlab/templates/${name}.yml`).sort());
  });

  it.each(['action.yml', ...composites])('%s carries no default and requires nothing', (file) => {
    const { inputs } = parse(read(file)) as { inputs: Record<string, { default?: unknown; required?: unknown }> };
    expect(
      Object.entries(inputs).filter(([, input]) => input.default !== undefined || input.required !== false),
    ).toEqual([]);
  });

  it.each(templates)('%s gives its inputs no value that could win over drayage.yml', (file) => {
    const declared = new Map(inputsOf(commandOf(file)).map((input) => [input.name, input]));
    for (const [name, { default: value }] of Object.entries(component(file).spec.inputs)) {
      const input = declared.get(name);
      if (input === undefined || value === '') continue;
      // What is no key of drayage.yml may have the value that holds anyway.
      expect([name, input.sets, String(value)]).toEqual([name, undefined, input.otherwise]);
    }
  });

  it.each(templates)('%s takes every input of its command and hands each on', (file) => {
    const inputs = portableInputs(commandOf(file)).filter(({ kind }) => kind !== 'secret');
    const { spec, job } = component(file);
    const own = Object.keys(spec.inputs).filter((name) => /^(job|stop)-|^entry$/.test(name));
    expect(Object.keys(spec.inputs)).toEqual([...own, ...inputs.map(({ name }) => name)]);
    const passed = Object.entries(job.variables).map(([name, value]) => [name, value.trim()]);
    const expected = inputs.map(({ name }) => [`DRAYAGE_INPUT_${snakeCase(name)}`, `$[[ inputs.${name} ]]`]);
    expect(Object.fromEntries(passed)).toMatchObject(Object.fromEntries(expected));
    expect(Object.values(spec.inputs).filter(({ type }) => type === undefined)).toEqual([]);
  });

  it.each(['action.yml', ...composites, ...templates, 'packages/bitbucket/pipe.yml'])(
    '%s has no expression of a user in a text',
    (file) => {
      const descriptions = [...read(file).matchAll(/description: (.*)/g)].map((match) => match[1]);
      expect(descriptions.filter((text) => text?.includes('${{'))).toEqual([]);
    },
  );

  it.each(composites)('%s passes every input as environment, and none into script text', (file) => {
    const { inputs, runs } = parse(read(file));
    const step = runs.steps.find((each: { id?: string }) => each.id === 'run');
    const { DRAYAGE_INPUTS: names, ...env } = step.env;
    // Beside the values, all that was given: the runner only warns of a name that no input has.
    expect(names).toBe('${{ toJSON(inputs) }}');
    const passed = Object.values(env).map((value) => /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(value))?.[1]);
    expect(passed).toEqual(Object.keys(inputs));
    expect(runs.steps.filter((each: { run?: string }) => each.run?.includes('${{'))).toEqual([]);
    const last = runs.steps.at(-1);
    expect(last.if).toBe("${{ always() && steps.run.outputs.unfinished != '' }}");
    expect(Object.values(last.env)).toContain('${{ steps.run.outputs.unfinished }}');
    expect(step.run).toContain('exec node "$GITHUB_ACTION_PATH/../../dist/drayage.cjs"');
  });

  it.each(composites)('%s fails by an artifact that is not handed on only where later jobs need it', (file) => {
    const { runs } = parse(read(file));
    const name = file.split('/')[1] ?? '';
    const needed = ['build-remote', 'push-image'].includes(name);
    const steps = runs.steps.filter((each: { uses?: string }) => each.uses?.startsWith('actions/upload-artifact@'));
    expect(steps.map((each: object) => Reflect.get(each, 'continue-on-error'))).toEqual(
      name.startsWith('setup-') ? [] : [needed ? undefined : true],
    );
    const other = runs.steps.filter((each: object) => !steps.includes(each) && 'continue-on-error' in each);
    expect(other).toEqual([]);
  });

  it.each(composites)('%s pins foreign actions by commit and names only its own outputs', (file) => {
    const { outputs, runs } = parse(read(file));
    const uses = runs.steps.flatMap((each: { uses?: string }) => each.uses ?? []);
    expect(uses.filter((name: string) => !/^actions\/[a-z-]+@[0-9a-f]{40}$/.test(name))).toEqual([]);
    for (const [name, output] of Object.entries(outputs as Record<string, { value: string }>)) {
      expect(output.value).toBe(`\${{ steps.run.outputs.${name} }}`);
    }
  });
});

describe('declarations', () => {
  it('mean the same by the same word everywhere', () => {
    const meanings = new Map<string, Set<string>>();
    for (const command of all) {
      for (const input of inputsOf(command)) {
        // `init` writes what the others read: its server and its registry are what they will find under these names.
        if (command.name === 'init' && ['server', 'registry'].includes(input.name)) continue;
        // The same environment, but without a default: it has to be named, and only there.
        if (command.name === 'teardown' && input.name === 'environment') {
          expect(input.otherwise).toBeUndefined();
          continue;
        }
        meanings.set(input.name, (meanings.get(input.name) ?? new Set()).add(JSON.stringify(input)));
      }
    }
    const varying = [...meanings].filter(([, variants]) => variants.size > 1).map(([name]) => name);
    // What a command does to services, servers and images is its own; deploy-service takes any image, the others a repository.
    expect(varying.sort()).toEqual(['image', 'servers', 'service', 'setup']);
  });

  it.each(all.map((command) => [command.name, command] as const))(
    '%s has words, an example and no flag twice',
    (_name, command) => {
      for (const input of inputsOf(command)) {
        expect(input.description).toMatch(/^[A-Z].*[.)]$/);
        expect(input.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      }
      expect(command.summary).toMatch(/^[A-Z].*\.$/);
      expect(command.examples.every((example) => example.startsWith(command.name))).toBe(true);
      expect(command.examples.length).toBeGreaterThan(0);
    },
  );

  it('give the root action every input of every command it runs', async () => {
    const own = new Set(inputsOf(rootAction).map(({ name }) => name));
    for (const name of rootCommands) {
      const command = (await commands[name]?.())?.command.declaration as Declaration;
      expect([
        name,
        inputsOf(command)
          .filter((input) => !own.has(input.name))
          .map((input) => input.name),
      ]).toEqual([name, []]);
    }
  });

  it('keep secrets out of the inputs of GitLab components, whose values stand in the pipeline', () => {
    for (const template of templates) {
      const secrets = portableInputs(commandOf(template)).filter(({ kind }) => kind === 'secret');
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(read(template)).not.toContain(`inputs.${secret.name} `);
    }
  });

  it('reserve names for what is to come, and none that works', () => {
    expect(reservedCommands.filter((name) => Object.hasOwn(commands, name))).toEqual([]);
  });

  it('say what every input is', () => {
    const shapes = all.flatMap(({ inputs }) => Object.values(inputs.shape));
    expect(shapes.every((schema) => metaOf(schema as never).description !== '')).toBe(true);
  });

  it('have a page for each action', () => {
    expect(actions.filter(({ name }) => !existsSync(`actions/${name}/README.md`))).toEqual([]);
  });
});
