// `npm test`: every layer of tests, from format to real servers, and one closing line that counts them all. With
// `--and conformance` also the tests against programs that other people wrote, with `--only STAGE` one stage alone.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const scratch = mkdtempSync(join(tmpdir(), 'drayage-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** Every failure in a few lines, told again at the end: a log of this length is read from there. */
const failures: string[] = [];

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
  if (code !== 0) failures.push('check: see its own lines above, or type: npm run check');
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly { status: string; fullName: string; failureMessages: readonly string[] }[];
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
  const told = report.testResults.flatMap(failuresOf);
  failures.push(...told);
  if (code !== 0 && told.length === 0) failures.push(`${project}: vitest ended with status ${code}; see above`);
}

function failuresOf(file: TestFile): string[] {
  const where = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0 && file.message !== '') return [`${where}\n${firstLines(file.message)}`];
  return failed.map((test) => `${where}: ${test.fullName}\n${firstLines(test.failureMessages.join('\n'))}`);
}

/** The words of an error and the first lines of where it stood, indented. */
function firstLines(message: string): string {
  const lines = message.split('\n').slice(0, 40);
  return lines.map((line) => `    ${line}`).join('\n');
}

function readReport(file: string): VitestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numFailedTestSuites: 1, testResults: [] };
  }
}

/** The demonstration is a test too: its exit status says whether every promise on its screen held. */
async function demo(): Promise<void> {
  const { code } = await run(['test/demo/main.ts']);
  if (code === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failures.push('demo: a promise was broken; its summary stands above');
  }
}

const { values: options } = parseArgs({ options: { and: { type: 'string' }, only: { type: 'string' } } });

/**
 * On a new machine the tools are compiled for a quarter of an hour: that begins with the first stage, and takes what the tests leave of the processors. Where they
 * were asked for beside everything else, one that cannot be had is a failure; alone it leaves tests out.
 */
function install(): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const strict = options.and === undefined ? [] : ['--strict'];
    const argv = ['-n', '19', process.execPath, 'test/conformance/install.ts', ...strict];
    const child = spawn('nice', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    child.on('error', (error) => (output += `${error.message}\n`));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function conformance(): Promise<void> {
  const { code, output } = await installing;
  process.stdout.write(output);
  if (code !== 0) {
    totals.failed += 1;
    failures.push('conformance: a tool could not be installed; see above');
  }
  await vitest('conformance');
}

const usual: Record<string, () => Promise<void>> = {
  check: checks,
  unit: () => vitest('unit'),
  contract: () => vitest('contract'),
  bundle: () => vitest('bundle'),
  e2e: () => vitest('e2e'),
  demo,
};
const stages = chosen({ ...usual, conformance });
const installing = 'conformance' in stages ? install() : Promise.resolve({ code: 0, output: '' });

function chosen(all: Record<string, () => Promise<void>>): Record<string, () => Promise<void>> {
  const names =
    options.only === undefined ? [...Object.keys(usual), ...(options.and?.split(',') ?? [])] : options.only.split(',');
  return Object.fromEntries(
    names.map((name) => {
      const stage = all[name];
      if (stage === undefined)
        throw new Error(`There is no stage "${name}"; expected one of ${Object.keys(all).join(', ')}.`);
      return [name, stage];
    }),
  );
}

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

if (failures.length > 0) console.log(`\n── what failed ${'─'.repeat(48)}\n${failures.join('\n')}`);

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 ? 1 : 0;
