import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assets, pack } from '../../scripts/pack.ts';
import { nodes, startFile } from './run.ts';

let folder = '';
let assets: Assets;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-pack-test-'));
  assets = await pack(join(folder, 'release'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the assets of a release', () => {
  it('have checksums that fit', () => {
    const lines = readFileSync(join(folder, 'release', 'SHA256SUMS'), 'utf8')
      .trim()
      .split('\n');
    const of = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, 'release', name)))
        .digest('hex');
    expect(lines).toEqual(['drayage-0.1.0.tgz', 'drayage.cjs'].map((name) => `${of(name)}  ${name}`));
    expect(assets.singleSha256).toBe(of('drayage.cjs'));
  });

  it('hold the command line and no dependencies in the package', () => {
    execFileSync('tar', ['-xzf', assets.tarball, '-C', folder]);
    const manifest = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'drayage', version: '0.1.0', bin: { drayage: 'dist/drayage.cjs' } });
    expect([manifest.dependencies, manifest.devDependencies, manifest.scripts]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(readdirSync(join(folder, 'package')).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const bundles = readdirSync(join(folder, 'package', 'dist'));
    expect(bundles).toContain('drayage.cjs');
    expect(bundles).not.toContain('action.cjs');
  });

  it('name no folder of the machine they were made on', () => {
    expect(readFileSync(assets.single, 'utf8')).not.toContain(resolve('.'));
  });
});

describe.each(nodes)('the one file under %s', (node) => {
  it('runs where it alone is', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'drayage-single-'));
    try {
      const alone = join(cwd, 'drayage.cjs');
      copyFileSync(assets.single, alone);
      writeFileSync(
        join(cwd, 'drayage.yml'),
        'project: shop\nservers: { node-1: { host: 203.0.113.10 } }\nservices: {}\n',
      );
      expect(statSync(assets.single).mode & 0o111).toBe(0o111);
      expect(await startFile(node, alone, ['--version'], { cwd })).toMatchObject({ code: 0, stdout: '0.1.0\n' });
      expect(await startFile(node, alone, ['validate'], { cwd })).toMatchObject({ code: 0, stderr: '' });
      const { code, stdout, stderr } = await startFile(node, alone, ['status', '--service', 'web'], { cwd });
      expect(code, stdout + stderr).toBe(64);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
