// `npm run check`: everything that needs no server. `--fast` leaves out the rebuild of dist/, `--static` the tests.
import { spawn } from 'node:child_process';

interface Check {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly leftOutBy?: '--fast' | '--static';
}

const node = process.execPath;
const bin = (name: string) => `node_modules/.bin/${name}`;

/** Checks of one inner list run side by side. */
const rounds: readonly (readonly Check[])[] = [
  [
    { name: 'types', argv: [bin('tsc'), '--noEmit', '-p', '.'] },
    { name: 'format and lint', argv: [bin('biome'), 'ci', '--colors=off', '.'] },
    { name: 'generated files', argv: [node, 'scripts/generate.ts', '--check'] },
    {
      name: 'unit and contract',
      argv: [bin('vitest'), 'run', '--project', 'unit', '--project', 'contract'],
      leftOutBy: '--static',
    },
  ],
  [{ name: 'dist', argv: [node, 'scripts/build.ts', '--check'], leftOutBy: '--fast' }],
];

function run(check: Check): Promise<boolean> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const [program, ...args] = check.argv;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

const wanted = ({ leftOutBy }: Check) => leftOutBy === undefined || !process.argv.includes(leftOutBy);
let passed = 0;
let failed = 0;
for (const round of rounds) {
  const results = await Promise.all(round.filter(wanted).map(run));
  passed += results.filter(Boolean).length;
  failed += results.filter((ok) => !ok).length;
}
if (failed > 0) process.exitCode = 1;
console.log(`checks: ${passed} passed, ${failed} failed`);
