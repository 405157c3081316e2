import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../packages/cli/src/commands.ts';
import { inputsOf } from '../../packages/core/src/host/input/declaration.ts';

const files = globSync([
  'packages/*/src/**/*.ts',
  'docs/*.md',
  '*.md',
  'examples/**/*.{md,yml}',
  'actions/*/README.md',
]);
/** Every input is a flag; these are flags of the command line itself. */
const own = ['help', 'version'];
let flags: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  const loaded = await Promise.all(Object.values(commands).map(async (load) => (await load()).command.declaration));
  flags = new Map(loaded.map((each) => [each.name, new Set([...inputsOf(each).map(({ name }) => name), ...own])]));
});

/** `drayage <command> --flag …` as somebody is told to type it, up to what ends the command. */
function typed(text: string): { command: string; rest: string }[] {
  const found = text.matchAll(/(?:[`'"(]|: |npx |^ *)drayage ([a-z][a-z-]+)\b([^`'"\n;,|#]*)/gm);
  return [...found].map(([, command = '', rest = '']) => ({ command, rest }));
}

describe('commands that people are told to type', () => {
  it.each(files)('exist, with their flags: %s', (file) => {
    const unknown = typed(readFileSync(file, 'utf8')).flatMap(({ command, rest }) => {
      const known = flags.get(command);
      const given = [...rest.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
      if (known === undefined) return [`drayage ${command}${rest}`];
      return given.filter((flag) => !known.has(flag)).map((flag) => `drayage ${command} --${flag}`);
    });
    expect(unknown).toEqual([]);
  });
});
