import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { rootAction, rootCommands } from '../../packages/cli/src/action-inputs.ts';
import { completionRoot } from '../../packages/cli/src/completion/root.ts';
import { commandHelp } from '../../packages/cli/src/help.ts';
import { drayageJsonSchema } from '../../packages/core/src/config/json-schema.ts';
import { type Declaration, inputsOf, snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { overridesOf } from '../../packages/core/src/host/input/overrides.ts';
import { text } from '../../packages/core/src/host/input/pieces.ts';
import { findInputs, parseInputs } from '../../packages/core/src/host/input/read.ts';
import { variableTable } from '../../scripts/generate/bitbucket.ts';
import { loadDeclarations, portableInputs } from '../../scripts/generate/declarations.ts';
import { compositeYaml, rootActionYaml } from '../../scripts/generate/github.ts';
import { componentYaml } from '../../scripts/generate/gitlab.ts';
import { actionPage } from '../../scripts/generate/markdown.ts';

const { all, actions } = await loadDeclarations();
const up = all.find(({ name }) => name === 'up') as Declaration;
const read = (path: string) => readFileSync(path, 'utf8');
const sorted = (names: Iterable<string>) => [...names].sort();
const namesOf = (inputs: readonly { readonly name: string }[]) => sorted(inputs.map(({ name }) => name));

/** The inputs that each form of a declaration offers, by the name a user writes there. */
const offered = {
  action: (yaml: string) => sorted(Object.keys(parse(yaml).inputs)),
  component: (yaml: string) => {
    const [head] = parseAllDocuments(yaml).map((document) => document.toJS());
    return sorted(Object.keys(head.spec.inputs).filter((name) => !/^(?:job|stop)-|^entry$/.test(name)));
  },
  pipe: (table: string) => sorted([...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = '']) => name)),
  flags: (help: string) =>
    sorted([...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')),
  table: (page: string, action: string) => {
    const [, section = ''] = page.split(`<!-- inputs:${action} -->`);
    const [rows = ''] = section.split('<!-- /inputs');
    return sorted([...rows.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name));
  },
};

describe('one word for one thing', () => {
  it.each(actions.map((action) => [action.name, action] as const))(
    '%s has the same inputs everywhere',
    (name, action) => {
      const inputs = inputsOf(action);
      const plain = portableInputs(action).filter(({ kind }) => kind !== 'secret');
      expect(offered.action(read(`actions/${name}/action.yml`))).toEqual(namesOf(inputs));
      expect(offered.flags(commandHelp(action))).toEqual(namesOf(inputs));
      expect(offered.table(read(`actions/${name}/README.md`), name)).toEqual(namesOf(inputs));
      // Secrets are no inputs there: they are variables of the project.
      expect(offered.component(read(`packages/gitlab/templates/${name}.yml`))).toEqual(namesOf(plain));
    },
  );

  it('the whole road has the same inputs everywhere', () => {
    expect(offered.action(read('action.yml'))).toEqual(namesOf(inputsOf(rootAction)));
    expect(offered.table(read('docs/action.md'), 'drayage')).toEqual(namesOf(inputsOf(rootAction)));
    expect(offered.flags(commandHelp(up))).toEqual(namesOf(inputsOf(up)));
    const plain = portableInputs(up).filter(({ kind }) => kind !== 'secret');
    expect(offered.component(read('packages/gitlab/templates/up.yml'))).toEqual(namesOf(plain));
    // The pipe runs the single steps too.
    const variables = [rootAction, ...actions].flatMap((command) => portableInputs(command).map(({ name }) => name));
    expect(offered.pipe(read('packages/bitbucket/README.md'))).toEqual(sorted(new Set(variables.map(snakeCase))));
  });

  it('only teardown says that it has to be told the environment', () => {
    const told = all.filter((command) => /has to be (?:told|named)/.test(commandHelp(command))).map(({ name }) => name);
    expect(told).toEqual(['teardown']);
  });

  it('outputs too', () => {
    for (const action of actions) {
      expect(Object.keys(parse(read(`actions/${action.name}/action.yml`)).outputs)).toEqual(
        Object.keys(action.outputs),
      );
    }
    expect(Object.keys(parse(read('action.yml')).outputs)).toEqual(Object.keys(rootAction.outputs));
  });

  it('inputs that replace a key of drayage.yml name one that its schema has', () => {
    const schema = drayageJsonSchema();
    const keys = new Set(
      [...all, rootAction].flatMap((command) => inputsOf(command).flatMap(({ sets }) => sets ?? [])),
    );
    expect(keys.size).toBeGreaterThan(20);
    expect([...keys].filter((key) => !hasKey(schema, key.split('.'), schema))).toEqual([]);
    expect(hasKey(schema, ['services', '*', 'biuld'], schema)).toBe(false);
  });
});

/** Declarations with one input more, as one line in one place would make them. */
const marker = 'Keeper of the harbour, who is asked first.';
function grown(command: Declaration): Declaration {
  const more = { 'harbour-master': text(marker, { sets: 'services.*.deploy.user', otherwise: 'nobody' }) };
  return { ...command, inputs: command.inputs.extend(more) };
}

describe('README.md', () => {
  it('leads from every command of an action to the page of its inputs', () => {
    const pages = new Map(
      [...read('README.md').matchAll(/^\| \[`([a-z-]+)`\]\((\S+)\) \|/gm)].map(([, ...row]) => row) as never,
    );
    for (const { name } of actions) expect(pages.get(name)).toBe(`actions/${name}/README.md`);
    for (const name of rootCommands) expect(pages.get(name)).toBe('docs/action.md');
  });
});

describe('an input that is declared in one place', () => {
  const action = grown(actions[0] as Declaration);

  it('arrives in every generated text, with its words', () => {
    const pageOf = (name: string) =>
      `<!-- inputs:${name} --><!-- /inputs:${name} --><!-- outputs:${name} --><!-- /outputs:${name} -->`;
    const composite = compositeYaml(action);
    const component = componentYaml(action);
    expect(parse(composite).inputs['harbour-master']).toEqual({
      description: `${marker} Default: nobody.`,
      required: false,
    });
    expect(composite).toContain('${{ inputs.harbour-master }}');
    expect(parse(rootActionYaml(grown(rootAction))).inputs['harbour-master'].description).toContain(marker);
    expect(offered.component(component)).toContain('harbour-master');
    expect(component).toContain(marker);
    expect(component).toContain('$[[ inputs.harbour-master ]]');
    expect(offered.pipe(variableTable(grown(rootAction), []))).toContain('HARBOUR_MASTER');
    expect(variableTable(grown(rootAction), [])).toContain(marker);
    expect(commandHelp(action)).toMatch(
      /^ {2}--harbour-master VALUE\n {6}Keeper of the harbour, .* Otherwise: nobody\.$/m,
    );
    for (const each of [action, grown(rootAction)]) {
      expect(actionPage(pageOf(each.name), each)).toContain(
        `| \`harbour-master\` | ${marker} Default: nobody. | \`services.<service>.deploy.user\` |`,
      );
    }
  });

  it.each([
    ['a flag', ['--harbour-master', 'ann'], {}],
    ['a variable', [], { DRAYAGE_HARBOUR_MASTER: 'ann' }],
    ['a composite action or component', [], { DRAYAGE_INPUT_HARBOUR_MASTER: 'ann' }],
    ['the root action', [], { GITHUB_ACTIONS: 'true', 'INPUT_HARBOUR-MASTER': 'ann' }],
    ['the pipe', [], { BITBUCKET_BUILD_NUMBER: '1', DRAYAGE_PIPE: 'bitbucket', HARBOUR_MASTER: 'ann' }],
  ] as const)('is read from %s, and replaces its key', (_from, argv, env) => {
    const values = parseInputs(action, findInputs(action, argv, env)) as Record<string, unknown>;
    expect(values['harbour-master']).toBe('ann');
    expect(overridesOf(inputsOf(action), values, 'web')).toEqual({ services: { web: { deploy: { user: 'ann' } } } });
  });

  it('is completed in a shell', () => {
    const outline = { services: [], servers: [], environments: [] };
    const root = completionRoot({ commands: [action], outline, errorCodes: [] });
    expect(root.commands.get(action.name)?.options.get('harbour-master')?.description).toBe(marker);
  });
});

/** Whether a JSON Schema allows a key at a path; `*` and `@` are any key of a map, `0` an item of a list. */
function hasKey(schema: unknown, [step, ...rest]: readonly string[], root: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const { $ref, anyOf, allOf, properties, additionalProperties, items } = schema as Record<string, unknown>;
  if (step === undefined) return true;
  if (typeof $ref === 'string') return hasKey(resolve($ref, root), [step, ...rest], root);
  const options = [anyOf, allOf].flatMap((each) => (Array.isArray(each) ? each : []));
  if (options.some((option) => hasKey(option, [step, ...rest], root))) return true;
  if (step === '0') return hasKey(items, rest, root);
  if (step === '*' || step === '@') return hasKey(additionalProperties, rest, root);
  const below = (properties as Record<string, unknown> | undefined)?.[step];
  return below !== undefined && (rest.length === 0 || hasKey(below, rest, root));
}

function resolve(ref: string, root: unknown): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
}
