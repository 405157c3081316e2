import { loadProject } from '@drayage/core/config/load';
import { DrayageError, throwAll } from '@drayage/core/errors/drayage-error';
import type { Call, Result } from '@drayage/core/host/command';
import { failuresOf } from '@drayage/core/report/failure';
import { answersOf, type Given, openQuestions, type Question } from './answers.ts';
import { ask } from './ask.ts';
import { type InitPlan, planInit } from './plan.ts';
import { lookAt, type Repository } from './repository.ts';
import { writeFiles } from './write.ts';

export interface InitInputs extends Given {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly 'dry-run'?: boolean;
  readonly 'log-format'?: string;
}

/** Looks, asks what nothing tells, checks what it would write, and writes it. */
export async function init({ inputs, context, checkout, cwd }: Call<InitInputs>): Promise<Result> {
  const { report, signal } = context;
  const { force = false, 'dry-run': dryRun = false } = inputs;
  const repository = await lookAt(cwd, await checkout());
  const keepsConfig = repository.present.has('drayage.yml') && !force;
  const open = openQuestions(inputs, repository, keepsConfig);
  const asks = canAsk(inputs);
  if (asks) report.note(foundText(repository));
  else refuseOpen(open);
  const answered = await ask(asks ? open : [], { input: process.stdin, output: process.stdout, signal });
  const answers = answersOf({ ...inputs, ...givenBy(answered) }, repository, keepsConfig);
  const plan = planInit(answers, repository, force);
  await check(plan);
  if (!dryRun) await writeFiles(cwd, plan.files, force);
  for (const line of tell(plan, dryRun)) report.note(line);
  return {};
}

/** Questions are for people: not in a pipe, not between events of JSON, and not where the answer is yes. */
function canAsk({ yes, 'log-format': format }: InitInputs): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && yes !== true && format !== 'json';
}

/** Where nobody can be asked, everything that has no answer of its own must have been given. */
function refuseOpen(open: readonly Question[]): void {
  const missing = open.filter(({ otherwise }) => otherwise === undefined).map(({ flag }) => `--${flag}`);
  if (missing.length === 0) return;
  throw new DrayageError(
    'INPUT_INVALID',
    `drayage init asks nothing here and needs ${missing.join(' and ')}; everything else was found or has a default.`,
    { hint: `For example: drayage init --server 203.0.113.10${missing.includes('--ci') ? ' --ci github' : ''}` },
  );
}

function givenBy(answered: Readonly<Record<string, string>>): Given {
  const { 'domain-port': port, ci, ...rest } = answered;
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new DrayageError('INPUT_INVALID', `The port is "${port}"; expected a number from 1 to 65535.`);
  }
  if (ci !== undefined && !/^(?:github|gitlab|bitbucket|none)$/.test(ci)) {
    throw new DrayageError('INPUT_INVALID', `The CI is "${ci}"; expected github, gitlab, bitbucket or none.`);
  }
  return {
    ...rest,
    ...(port === undefined ? {} : { 'domain-port': Number(port) }),
    ...(ci === undefined ? {} : { ci: ci as Given['ci'] }),
  };
}

/** What comes out must be valid: an answer that is not is refused before anything is written. */
async function check({ files }: InitPlan): Promise<void> {
  const text = files.find(({ path }) => path === 'drayage.yml')?.text;
  if (text === undefined) return;
  try {
    await loadProject({ text, allowAbsent: true });
  } catch (error) {
    const failures = failuresOf(error);
    if (failures.some(({ code }) => code === 'INTERNAL_BUG')) throw error;
    throwAll(
      failures.map(({ message, hint }) => {
        return new DrayageError('INPUT_INVALID', `With these answers drayage.yml would be wrong: ${message}`, { hint });
      }),
    );
  }
}

function foundText({ dockerfiles, manifest, composeFile, remote, workflows }: Repository): string {
  const found = [
    ...dockerfiles.map(({ path }) => path),
    manifest === undefined ? undefined : 'package.json',
    composeFile,
    remote === undefined ? undefined : `the remote ${remote}`,
    ...workflows.map((name) => `.github/workflows/${name}`),
  ].filter((name) => name !== undefined);
  return found.length === 0 ? 'Found nothing here that says what is deployed.' : `Found ${found.join(', ')}.`;
}

function* tell({ files, remarks, next }: InitPlan, dryRun: boolean): Generator<string> {
  for (const { path, text, fate } of files) {
    if (fate === 'written') yield dryRun ? `Would write ${path}:` : `Wrote ${path}.`;
    else if (fate === 'same') yield `${path} is there already, with the same content.`;
    else if (fate === 'kept')
      yield `${path} is there already and stays as it is (--force overwrites it). This would stand in it:`;
    else if (fate === 'used') yield `${path} uses Drayage already and stays as it is.`;
    else yield `${path} is there already and is not from Drayage, so it stays as it is. Put this into it:`;
    if (fate === 'kept' || fate === 'foreign' || (fate === 'written' && dryRun)) yield* indented(text);
  }
  for (const remark of remarks) yield remark;
  yield '';
  yield 'Next:';
  const width = Math.max(...next.map(({ command }) => command?.length ?? 0));
  for (const { why, command } of next)
    yield command === undefined ? `  ${why}` : `  ${command.padEnd(width)}  # ${why}`;
}

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`));
}
