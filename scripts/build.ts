// Rebuilds dist/. With --check it builds elsewhere and compares, and names the first file that differs.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OutputOptions, rollup } from 'rollup';
// @ts-expect-error The configuration is plain JavaScript, as rollup's own command line wants it.
import configuration from '../rollup.config.mjs';

async function bundle(dir: string): Promise<void> {
  const build = await rollup(configuration);
  await build.write({ ...(configuration.output as OutputOptions), dir });
  await build.close();
}

function contents(dir: string): Map<string, string> {
  return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
}

if (process.argv.includes('--check')) {
  const dir = mkdtempSync(join(tmpdir(), 'drayage-dist-'));
  try {
    await bundle(dir);
    const [fresh, committed] = [contents(dir), contents('dist')];
    const names = new Set([...fresh.keys(), ...committed.keys()]);
    const stale = [...names].filter((name) => fresh.get(name) !== committed.get(name));
    if (stale.length > 0) {
      console.error(`dist/ is not what the sources give: ${stale.join(', ')}. Run: npm run build`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
} else {
  rmSync('dist', { recursive: true, force: true });
  await bundle('dist');
}
