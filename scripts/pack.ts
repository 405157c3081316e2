// Makes the assets of a release from dist/: the npm package, the command line as one self-contained file, and their
// checksums. `node scripts/pack.ts FOLDER`; nothing of it is committed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
const entry = join(root, 'dist', 'drayage.cjs');

export interface Assets {
  /** What `npx drayage@<version>` installs. */
  readonly tarball: string;
  /** Runs alone, wherever it is copied. */
  readonly single: string;
  readonly singleSha256: string;
}

export async function pack(folder: string): Promise<Assets> {
  mkdirSync(folder, { recursive: true });
  const single = join(folder, 'drayage.cjs');
  await packSingle(single);
  const tarball = packPackage(folder, await filesOf(entry));
  const sums = [tarball, single].map((file) => `${sha256(file)}  ${file.slice(folder.length + 1)}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return { tarball, single, singleSha256: sha256(single) };
}

/** The chunks of dist/ in one file; each is still evaluated only when it is asked for. */
async function packSingle(file: string): Promise<void> {
  await build({ ...bundling, entryPoints: [entry], outfile: file, minifyWhitespace: true });
  chmodSync(file, 0o755);
}

/** The chunks of dist/ that the command line loads: the root action's own entry is none of them. */
async function filesOf(start: string): Promise<string[]> {
  const { metafile } = await build({
    ...bundling,
    entryPoints: [start],
    metafile: true,
    write: false,
    outdir: '/none',
  });
  return Object.keys(metafile.inputs).map((path) => resolve(root, path));
}

const bundling = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'error',
} as const;

/**
 * Packs a copy: npm's own `prepack` would not run here, where scripts of packages are off. The package has no
 * dependencies, because all of them are in its bundles.
 */
function packPackage(folder: string, files: readonly string[]): string {
  const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'));
  const copy = mkdtempSync(join(tmpdir(), 'drayage-pack-'));
  try {
    mkdirSync(join(copy, 'dist'));
    for (const file of files) copyFileSync(file, join(copy, file.slice(root.length + 1)));
    for (const name of ['README.md', 'LICENSE']) copyFileSync(join(root, name), join(copy, name));
    chmodSync(join(copy, 'dist', 'drayage.cjs'), 0o755);
    writeFileSync(join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(folder)], { cwd: copy });
  } finally {
    rmSync(copy, { recursive: true });
  }
  return join(folder, `${manifest.name}-${manifest.version}.tgz`);
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('Where shall the assets go? For example: node scripts/pack.ts out');
    process.exitCode = 64;
  } else {
    const assets = await pack(resolve(folder));
    console.log(`${assets.tarball}\n${assets.single}\n${assets.singleSha256}`);
  }
}
