import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const core = 'packages/core/src';
const files = globSync(['packages/*/src/**/*.ts', 'actions/**/*.ts']);

/** What stands in each `import`, `export … from` and `import()` of a file. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const patterns = [/^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]/gms, /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** The folder of core a file belongs to (`transport`, `service`, …), or the package. */
function layerOf(file: string): string {
  const inCore = relative(core, file);
  // What the package offers to others stands above everything it offers.
  if (inCore === 'index.ts') return 'cli';
  // The public interface names what every layer offers, as the command line does.
  if (inCore === 'index.ts') return 'cli';
  if (!inCore.startsWith('..')) return inCore.includes('/') ? (inCore.split('/')[0] ?? '') : 'core';
  return file.split('/')[0] === 'actions' ? 'actions' : 'cli';
}

function layerOfImport(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('@drayage/core/'))
    return layerOf(join(core, `${specifier.slice('@drayage/core/'.length)}.ts`));
  return specifier.startsWith('.') ? layerOf(join(dirname(file), specifier)) : undefined;
}

/** A folder may import itself, `pure` folders, and what stands here. */
const pure = ['errors', 'config', 'report', 'core'];
const steps = ['setup', 'build', 'image', 'trust', 'service', 'domain'];
const below = ['docker', 'registry', 'proxy', 'transport'];
const allowed: Record<string, readonly string[]> = {
  errors: [],
  config: ['errors', 'core'],
  report: ['errors', 'config'],
  core: ['errors', 'report', 'transport', 'config'],
  transport: pure,
  docker: [...pure, 'transport'],
  registry: [...pure, 'transport'],
  proxy: [...pure, 'transport', 'docker'],
  ...Object.fromEntries(steps.map((step) => [step, [...pure, ...below]])),
  pipeline: [...pure, ...below, ...steps],
  // It looks after what all steps leave, so it has to know them.
  upkeep: [...pure, ...below, ...steps],
};

/** One owner per outside thing. */
const owners: Record<string, RegExp> = {
  ssh2: /^packages\/core\/src\/transport\//,
  dockerode: /^packages\/core\/src\/docker\//,
  undici: /^packages\/core\/src\/registry\//,
  '@actions/core': /^packages\/core\/src\/host\//,
  '@actions/exec': /^packages\/core\/src\/host\//,
  '@actions/github': /^packages\/core\/src\/host\//,
  '@actions/tool-cache': /^packages\/core\/src\/host\//,
};

describe('layers', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(Object.keys(allowed))('%s imports only the layers below it', (layer) => {
    const offences = files
      .filter((file) => layerOf(file) === layer)
      .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier, to: layerOfImport(file, specifier) })))
      .filter(({ to }) => to !== undefined && to !== layer && !(allowed[layer] ?? []).includes(to))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(offences).toEqual([]);
  });

  it.each(Object.entries(owners))('only the owner of %s imports it', (library, owner) => {
    const offences = files.filter(
      (file) => !owner.test(file) && importsOf(file).some((name) => name === library || name.startsWith(`${library}/`)),
    );
    expect(offences).toEqual([]);
  });

  it('keeps the environment of the process to the host', () => {
    const offences = files.filter(
      (file) => !file.startsWith(`${core}/host/`) && /\bprocess\.env\b/.test(readFileSync(file, 'utf8')),
    );
    expect(offences).toEqual([]);
  });

  it('has no file over 250 lines', () => {
    const long = files
      .map((file) => `${readFileSync(file, 'utf8').split('\n').length} ${file}`)
      .filter((entry) => Number.parseInt(entry, 10) > 250);
    expect(long).toEqual([]);
  });

  it('has no file named after nothing', () => {
    expect(files.filter((file) => /\/(utils?|helpers?|common|manager|misc)\b/.test(file))).toEqual([]);
  });
});
