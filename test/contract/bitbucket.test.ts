import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { version } from '../../packages/cli/src/version.ts';
import { snakeCase } from '../../packages/core/src/host/input/declaration.ts';
import { loadDeclarations, portableInputs } from '../../scripts/generate/declarations.ts';

const read = (file: string) => parse(readFileSync(file, 'utf8'));
const { root, actions } = await loadDeclarations();
const variables = new Set(
  [root, ...actions].flatMap((each) => portableInputs(each).map(({ name }) => snakeCase(name))),
);

/** Categories of Bitbucket's list of pipes. */
const categories = [
  'Alerting',
  'Artifact management',
  'Code quality',
  'Deployment',
  'Feature flagging',
  'Monitoring',
  'Notifications',
  'Security',
  'Testing',
  'Utilities',
  'Workflow automation',
];

const who = z.strictObject({ name: z.string().min(1), website: z.url().optional(), email: z.email().optional() });

/**
 * The metadata of a pipe, as Atlassian documents it ("Write a pipe for Bitbucket Pipelines", complete pipe) and as its
 * reviewers ask for it (github.com/launchdarkly/ld-find-code-refs/pull/292 and /297): no icon any more, maintainer and vendor
 * as objects, a fixed version of a public image, and among `variables` only those that have a default.
 */
const pipe = z.strictObject({
  name: z.string().min(1),
  image: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+:\d+\.\d+\.\d+$/),
  description: z.string().regex(/^[A-Z].*\.$/),
  category: z.enum(categories),
  repository: z.url(),
  maintainer: who,
  vendor: who.optional(),
  tags: z.array(z.string().min(1)).min(1),
  variables: z.array(z.strictObject({ name: z.string().regex(/^[A-Z]+(_[A-Z]+)*$/), default: z.string() })).optional(),
});

const step = z.strictObject({
  step: z.strictObject({
    name: z.string(),
    deployment: z.string().optional(),
    script: z.array(
      z.union([
        z.string(),
        z.strictObject({
          pipe: z.string().regex(/^drayage\/drayage:\d+\.\d+\.\d+$/),
          variables: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        }),
      ]),
    ),
    artifacts: z.array(z.string()).optional(),
    'output-variables': z.array(z.string()).optional(),
  }),
});
const asked = z.strictObject({
  variables: z.array(z.strictObject({ name: z.string(), description: z.string(), default: z.string() })),
});

const pipelines = z.strictObject({
  image: z.string(),
  pipelines: z.strictObject({
    branches: z.record(z.string(), z.array(step)),
    custom: z.record(z.string(), z.array(z.union([asked, step]))),
  }),
});

describe('pipe.yml', () => {
  it('is what Bitbucket takes, of this version', () => {
    expect(pipe.parse(read('packages/bitbucket/pipe.yml')).image).toBe(`drayage/drayage-pipe:${version}`);
  });

  it('has a variable for every input, in its README, and no default that could win over drayage.yml', () => {
    const page = readFileSync('packages/bitbucket/README.md', 'utf8');
    const found = [...page.matchAll(/^\| `([A-Z_]+)` \| .+ \|$/gm)].map(([, name]) => name);
    expect(new Set(found)).toEqual(variables);
    expect(pipe.parse(read('packages/bitbucket/pipe.yml')).variables).toBeUndefined();
  });

  it.each([
    ['a variable without a default', (text: string) => `${text}variables: [{ name: SSH_KEY }]\n`],
    ['an image whose version moves', (text: string) => text.replace(/^(image: .*):[\d.]+$/m, '$1:latest')],
    ['a category that there is not', (text: string) => text.replace('category: Deployment', 'category: Deploy')],
    [
      'a maintainer in one word',
      (text: string) => text.replace(/^maintainer:\n(?: {2}.*\n)+/m, 'maintainer: Drayage\n'),
    ],
    ['an icon', (text: string) => `${text}icon: logo.svg\n`],
  ])('would not be taken with %s', (_what, spoil) => {
    const text = readFileSync('packages/bitbucket/pipe.yml', 'utf8');
    expect(spoil(text)).not.toBe(text);
    expect(pipe.safeParse(parse(spoil(text))).success).toBe(false);
  });
});

describe('examples/bitbucket-pipelines.yml', () => {
  const example = pipelines.parse(read('examples/bitbucket-pipelines.yml'));
  const steps = [...Object.values(example.pipelines.branches), ...Object.values(example.pipelines.custom)].flat();
  const pipes = steps
    .flatMap((each) => ('step' in each ? each.step.script : []))
    .filter((line) => typeof line !== 'string');

  it('names this version, and only inputs that there are', () => {
    expect(new Set(pipes.map((each) => each.pipe))).toEqual(new Set([`drayage/drayage:${version}`]));
    expect(pipes.flatMap((each) => Object.keys(each.variables)).filter((name) => !variables.has(name))).toEqual([]);
  });

  it('hands secrets on as variables only', () => {
    expect(
      JSON.stringify(
        steps.flatMap((each) => ('step' in each ? each.step.script.filter((line) => typeof line === 'string') : [])),
      ),
    ).not.toContain('REGISTRY_TOKEN');
  });
});
