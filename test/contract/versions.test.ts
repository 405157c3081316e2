import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const manifests = ['package.json', ...globSync('packages/*/package.json')];
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('versions', () => {
  it.each(manifests)('%s pins every dependency exactly', (file) => {
    const { dependencies, devDependencies, optionalDependencies } = read(file);
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)));
    expect(loose).toEqual([]);
  });

  it('names one oldest Node.js everywhere', () => {
    const engines = manifests.map((file) => read(file).engines?.node).filter((range) => range !== undefined);
    expect(new Set(engines)).toEqual(new Set(['>=20.18']));
  });

  it('runs the root action on Node.js 24 and every other action as a composite', () => {
    const using = (file: string) => /using:\s*'?"?(\w+)/.exec(readFileSync(file, 'utf8'))?.[1];
    expect(using('action.yml')).toBe('node24');
    expect(globSync('actions/*/action.yml').map((file) => using(file))).toEqual(
      globSync('actions/*/action.yml').map(() => 'composite'),
    );
  });

  it('records no download address in the lock file', () => {
    const { packages } = read('package-lock.json') as { packages: Record<string, { resolved?: string }> };
    const addresses = Object.values(packages).filter(
      ({ resolved }) => resolved !== undefined && /^https?:/.test(resolved),
    );
    expect(addresses).toEqual([]);
  });
});
