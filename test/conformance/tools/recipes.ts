import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './cache.ts';

/**
 * A program out of a Go module, built in a copy of the module by its own list of versions and checksums: `go install` refuses modules that exclude
 * versions of others, and asks for the list of a module's versions, which not every proxy has.
 */
const goProgram = (
  name: string,
  module: string,
  version: string,
  folder = '.',
  env: NodeJS.ProcessEnv = {},
): Recipe => ({
  name,
  version,
  client: 'go',
  program: name,
  install: async (target, run) => {
    // What is downloaded may not be changed, and a build may want to write beside it.
    const copy = join(target, 'module');
    await run([
      'sh',
      '-c',
      `go mod download "$1" && cp -r "$(go env GOMODCACHE)/$1" "$2" && chmod -R u+w "$2"`,
      'sh',
      `${module}@v${version}`,
      copy,
    ]);
    await run(['go', 'build', '-C', copy, '-trimpath', '-o', join(target, name), folder], {
      CGO_ENABLED: '0',
      GOWORK: 'off',
      ...env,
    });
    rmSync(copy, { recursive: true });
  },
});

const npmFolder = join(import.meta.dirname, 'npm');

/** Everything the tests in this folder run beside Drayage itself. */
export const recipes = {
  /** Runs GitHub's workflows on this machine. */
  act: goProgram('act', 'github.com/nektos/act', '0.2.89'),
  /** Checks workflows. */
  actionlint: goProgram('actionlint', 'github.com/rhysd/actionlint', '1.7.12', './cmd/actionlint'),
  /** BuildKit's daemon, for servers that nobody reaches by SSH. */
  buildkitd: goProgram('buildkitd', 'github.com/moby/buildkit', '0.34.2', './cmd/buildkitd'),
  /** Its client. */
  buildctl: goProgram('buildctl', 'github.com/moby/buildkit', '0.34.2', './cmd/buildctl'),
  /** Plans builds of sources without a Dockerfile. */
  railpack: goProgram('railpack', 'github.com/railwayapp/railpack', '0.20.0', './cmd/cli'),
  /** Runs buildpacks. */
  pack: goProgram('pack', 'github.com/buildpacks/pack', '0.38.2'),
  /** What runs inside of a buildpack builder. */
  lifecycle: goProgram('lifecycle', 'github.com/buildpacks/lifecycle', '0.20.11', './cmd/lifecycle'),
  /** Looks for known vulnerabilities in images. */
  trivy: goProgram('trivy', 'github.com/aquasecurity/trivy', '0.74.0', './cmd/trivy', { GOEXPERIMENT: 'jsonv2' }),
  /** Signs images. */
  cosign: goProgram('cosign', 'github.com/sigstore/cosign/v3', '3.1.3', './cmd/cosign'),
  /** Plans builds of sources without a Dockerfile. */
  nixpacks: {
    name: 'nixpacks',
    version: '1.41.0',
    client: 'cargo',
    program: 'bin/nixpacks',
    install: (folder, run) => run(['cargo', 'install', '--quiet', '--locked', '--root', folder, 'nixpacks@1.41.0']),
  },
  /** Looks for weaknesses in workflows and actions. */
  zizmor: {
    name: 'zizmor',
    version: '1.32.0',
    client: 'pip3',
    program: 'bin/zizmor',
    install: (folder, run) => run(['pip3', 'install', '--quiet', '--prefix', folder, '--no-deps', 'zizmor==1.32.0']),
  },
  /** Answers as AWS does; of its server's parts only what its registries need. */
  moto: {
    name: 'moto',
    version: '5.2.5',
    client: 'pip3',
    program: 'moto',
    install: (folder, run) => {
      const packages = ['moto==5.2.5', 'boto3==1.44.8', 'Flask==3.1.3', 'flask-cors==6.0.5'];
      return run(['pip3', 'install', '--quiet', '--target', folder, ...packages]);
    },
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
