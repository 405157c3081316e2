// `npm test`: every layer of tests, from format to real servers, and one closing line that counts them all.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'drayage-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs a program with its output on the screen; resolves with its exit status and what it printed. */
function run(argv: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk);
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** `npm run check` without the tests, which follow and are counted one by one. */
async function checks(): Promise<void> {
  const { code, output } = await run(['scripts/check.ts', '--static']);
  const [, passed = '0', failed = '1'] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
  totals.passed += Number(passed);
  totals.failed += code === 0 ? 0 : Math.max(1, Number(failed));
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

async function vitest(project: string): Promise<void> {
  const file = join(scratch, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run(['node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters]);
  const report = readReport(file);
  totals.passed += report.numPassedTests;
  totals.skipped += report.numPendingTests;
  // A file that does not even load fails no test of its own, but it is a failure.
  totals.failed += code === 0 ? report.numFailedTests : Math.max(1, report.numFailedTests);
}

function readReport(file: string): VitestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numFailedTestSuites: 1 };
  }
}

/** The demonstration is a test too: its exit status says whether every promise on its screen held. */
async function demo(): Promise<void> {
  const { code } = await run(['test/demo/main.ts']);
  if (code === 0) totals.passed += 1;
  else totals.failed += 1;
}

const stages: Record<string, () => Promise<void>> = {
  check: checks,
  unit: () => vitest('unit'),
  contract: () => vitest('contract'),
  bundle: () => vitest('bundle'),
  e2e: () => vitest('e2e'),
  demo,
};

try {
  for (const [name, stage] of Object.entries(stages)) {
    const startedAt = performance.now();
    console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
    await stage();
    console.log(`── ${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 ? 1 : 0;
