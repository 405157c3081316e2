// Writes every file that repeats a declaration: action.yml files, CI templates, tables, the schema, TROUBLESHOOTING.md.
// With --check it only compares, and names what is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { rootCommands } from '../packages/cli/src/action-inputs.ts';
import { troubleshooting } from '../packages/core/src/report/troubleshooting.ts';
import { pipeYaml, variableTable } from './generate/bitbucket.ts';
import { loadDeclarations } from './generate/declarations.ts';
import { compositeYaml, rootActionYaml } from './generate/github.ts';
import { componentYaml } from './generate/gitlab.ts';
import { logFormatPage } from './generate/log-format.ts';
import { actionPage, between, commandTable } from './generate/markdown.ts';
import { schemaText } from './schema.ts';

/** Path → content of everything that is generated. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const { all, actions, root } = await loadDeclarations();
  const components = [...all.filter(({ name }) => name === 'up' || name === 'rollback'), ...actions];
  return new Map([
    ['action.yml', rootActionYaml(root)],
    ...actions.map((action) => [`actions/${action.name}/action.yml`, compositeYaml(action)] as const),
    ...actions.map((action) => [page(action.name), actionPage(read(page(action.name)), action)] as const),
    ...components.map((each) => [`packages/gitlab/templates/${each.name}.yml`, componentYaml(each)] as const),
    ['packages/bitbucket/pipe.yml', pipeYaml(root)],
    [
      'packages/bitbucket/README.md',
      between(read('packages/bitbucket/README.md'), 'variables', variableTable(root, actions)),
    ],
    ['README.md', between(read('README.md'), 'actions', commandTable(all, actions, rootCommands))],
    ['docs/action.md', actionPage(read('docs/action.md'), root)],
    ['docs/log-format.md', logFormatPage()],
    ['TROUBLESHOOTING.md', troubleshooting()],
    ['schema/drayage.schema.json', schemaText()],
  ]);
}

/** Files whose content is not what it should be. */
export async function stale(): Promise<readonly string[]> {
  return [...(await generated())].filter(([path, content]) => read(path) !== content).map(([path]) => path);
}

function page(action: string): string {
  return `actions/${action}/README.md`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const paths = await stale();
    if (paths.length > 0) {
      console.error(`Not what the declarations say now: ${paths.join(', ')}. Run: npm run generate`);
      process.exitCode = 1;
    }
  } else {
    for (const [path, content] of await generated()) {
      if (read(path) === content) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      console.log(path);
    }
  }
}
