import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './cache.ts';

const goModule = (name: string, path: string, version: string): Recipe => ({
  name,
  version,
  client: 'go',
  program: name,
  install: (folder, run) => run(['go', 'install', '-trimpath', `${path}@v${version}`], { GOBIN: folder }),
});

const npmFolder = join(import.meta.dirname, 'npm');

/** Everything the tests in this folder run beside Drayage itself. */
export const recipes = {
  /** Runs GitHub's workflows on this machine. */
  act: goModule('act', 'github.com/nektos/act', '0.2.89'),
  /** Checks workflows. */
  actionlint: goModule('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint', '1.7.12'),
  /** Looks for weaknesses in workflows and actions. */
  zizmor: {
    name: 'zizmor',
    version: '1.32.0',
    client: 'pip3',
    program: 'bin/zizmor',
    install: (folder, run) => run(['pip3', 'install', '--quiet', '--prefix', folder, '--no-deps', 'zizmor==1.32.0']),
  },
  /** gitlab-ci-local, a npm registry, GitHub's description of its API, and a JSON Schema validator: see npm/package.json. */
  npm: {
    name: 'npm',
    version: createHash('sha256')
      .update(readFileSync(join(npmFolder, 'package-lock.json')))
      .digest('hex')
      .slice(0, 12),
    client: 'npm',
    program: 'node_modules',
    install: async (folder, run) => {
      for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(npmFolder, file), join(folder, file));
      await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    },
  },
} as const satisfies Record<string, Recipe>;

export type ToolName = keyof typeof recipes;
