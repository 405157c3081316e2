import type { Context } from '../context.ts';
import { exitStatusOfAll, failuresOf } from '../report/failure.ts';
import { type Summary, summaryText } from '../report/summary.ts';
import type { AnyCommand, Call, Result } from './command.ts';
import { Connections } from './connections.ts';
import type { Environment } from './environment.ts';
import { emptySecrets, unresolvedSecrets, withheld } from './fork.ts';
import { type Checkout, isDirty, readCheckout } from './git-facts.ts';
import type { RunFollowed, RunToFollow } from './github/followed-run.ts';
import { givenUp } from './given-up.ts';
import { type Host, openHost } from './host.ts';
import { type Declaration, inputsOf } from './input/declaration.ts';
import { findInputs, parseInputs, type RawInputs } from './input/read.ts';
import { onlyService, readProject } from './project.ts';
import { runIdentity } from './run-identity.ts';
import { type Cancellation, cancellation } from './signals.ts';
import { looksLikePath, sshAccess } from './ssh-credentials.ts';
import { handover } from './state/handed-over.ts';
import { stateStore } from './state/store.ts';
import { footprints } from './unfinished.ts';
import { voice } from './voice.ts';

export interface RunOptions {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** Prints the help of the command; called for `--help`. */
  readonly help: (declaration: Declaration) => string;
  /** Told how to reach the run before it starts: what `post` needs to clean up after it. */
  readonly onStart?: (run: { readonly id: string }) => void;
  /** Told when the run ended by itself: nothing is left to clean up. */
  readonly onFinish?: () => void;
}

const formats = ['auto', 'pretty', 'plain', 'json'] as const;

/**
 * Runs a command from its arguments to its exit status. The only place that catches: whatever is thrown becomes one
 * rendered failure and a status (0, 1, 2, 64, 130, 143). Nothing is printed before the secrets among the inputs are masked.
 */
export async function runCommand(command: AnyCommand, options: RunOptions): Promise<number> {
  const { declaration } = command;
  const startedAt = Date.now();
  const raw = findInputs(declaration, options.argv, options.env);
  if (raw.help) {
    process.stdout.write(options.help(declaration));
    return 0;
  }
  const wanted = raw.found.get('log-format')?.text;
  const format = formats.find((name) => name === wanted) ?? 'auto';
  let cancelled = () => false;
  const { env, cwd } = options;
  const printsData = declaration.printsData === true;
  const host = await openHost({ env, cwd, format, printsData, isCancelled: () => cancelled() });
  maskSecrets(host, declaration, raw);
  let result: Result = {};
  const sections: string[] = [];
  let error: unknown;
  let cancel: Cancellation | undefined;
  try {
    const inputs: Record<string, unknown> = parseInputs(declaration, raw);
    const timeout = typeof inputs.timeout === 'number' ? inputs.timeout : undefined;
    cancel = cancellation(timeout, (exitStatus) => {
      host.end(givenUp(declaration.name, startedAt, exitStatus));
      process.exit(exitStatus);
    });
    cancelled = () => cancel?.signal.aborted === true;
    result = await perform(command, inputs, host, cancel.signal, { ...options, startedAt, sections });
  } catch (thrown) {
    error = thrown;
  }
  const ended = { command: declaration.name, startedAt, result, sections, error, cancel };
  const exitStatus = await finish(host, ended);
  cancel?.[Symbol.dispose]();
  return exitStatus;
}

/** Before anything else is done with them. What is a path stays readable; its content is masked when it is read. */
function maskSecrets(host: Host, declaration: Declaration, raw: RawInputs): void {
  const kinds = new Map(inputsOf(declaration).map(({ name, kind }) => [name, kind]));
  for (const [name, { text }] of raw.found) {
    const isPath = name === 'ssh-key' && looksLikePath(text);
    if (kinds.get(name) === 'secret' && !isPath) host.report.mask(text);
  }
}

async function perform(
  command: AnyCommand,
  inputs: Record<string, unknown>,
  host: Host,
  signal: AbortSignal,
  options: RunOptions & { readonly startedAt: number; readonly sections: string[] },
): Promise<Result> {
  const { env, cwd, startedAt, sections } = options;
  const { report } = host;
  const { declaration } = command;
  const text = (name: string) => (typeof inputs[name] === 'string' ? inputs[name] : undefined);
  const differs = once(async () => {
    const { runHere } = await import('./exec.ts');
    return isDirty(runHere, cwd);
  });
  const checkout = once(async (): Promise<Checkout> => {
    const { runHere } = await import('./exec.ts');
    const reading = readCheckout(runHere, cwd, env);
    // In CI a checkout is a commit, whatever a job has made beside it.
    if (host.platform !== 'terminal') return reading;
    const [facts, isDirty] = await Promise.all([reading, differs()]);
    return { ...facts, isDirty };
  });
  const project = once(() =>
    readProject({ declaration, values: inputs, env, cwd, report, checkout, needsCheckout: declaration.deploys }).catch(
      (error: unknown) => {
        throw withheld(env, unresolvedSecrets(error)) ?? error;
      },
    ),
  );
  const access = once(async () => {
    const found = await sshAccess(inputs, env, cwd);
    for (const value of [found.auth.privateKey, found.auth.passphrase, found.auth.password]) {
      if (value !== undefined) report.mask(value);
    }
    return found;
  });
  const run = runIdentity(env);
  options.onStart?.(run);
  const trace = host.platform === 'terminal' ? undefined : footprints(cwd, run.id);
  const noKey = () => withheld(env, ['the SSH key', ...emptySecrets(text('secrets'), env)]);
  await using connections = new Connections({ project, access, report, signal, withheld: noKey, footprints: trace });
  const programs = once(async () => {
    const { localPrograms } = await import('./local-programs.ts');
    return localPrograms(env, cwd, (markdown) => sections.push(markdown));
  });
  const context: Context = { report, signal, run, programs, connect: (name) => connections.connect(name) };
  const state = stateStore({
    cwd,
    env,
    file: text('state-file'),
    given: text('state'),
    artifact: text('state-artifact'),
    otherRun: text('state-run'),
  });
  const service = async () => text('service') ?? onlyService(await project());
  const followed = await follow({ host, declaration, inputs, env, runUrl: run.url, startedAt, checkout, project });
  const call: Call<Record<string, unknown>> = {
    inputs,
    context,
    project,
    service,
    checkout,
    isDirty: differs,
    warnOfChanges: async () => {
      if (host.platform !== 'terminal' || !(await differs())) return;
      const { short, sha } = await checkout();
      // Before the first commit nothing is named after one.
      if (short === undefined) return;
      report.warn(
        `Files differ from commit ${short}, and so does the image: what is tagged by commit is tagged ${sha?.slice(0, 12)}-dirty.`,
      );
    },
    warm: (servers) => connections.warm(servers),
    repeats: (commit) => followed?.repeats(commit),
    handedOver: handover({ state, report, isLaptop: host.platform === 'terminal', checkout }),
    state,
    cwd,
    print: (data) => host.print(data),
    printer: (source) => voice(host.redactor, (line) => host.print(`${source}: ${line}\n`)),
  };
  try {
    const done = await command.run(call as Call<never>).catch((error: unknown) => {
      const [first] = failuresOf(error).filter(({ code }) => code === 'SECRETS_WITHHELD');
      if (first === undefined || inputs['on-missing-secrets'] !== 'skip') throw error;
      report.note(`Skipped, as asked: ${first.message}`);
      return {} as Result;
    });
    if (signal.aborted) throw signal.reason;
    await followed?.done(done);
    return done;
  } catch (error) {
    await followed?.ended(signal.aborted ? 'cancelled' : 'failed', signal.aborted ? signal.reason : error);
    throw error;
  } finally {
    trace?.finished();
    options.onFinish?.();
  }
}

/** Where a token was given, GitHub is told of the run. */
async function follow(run: RunToFollow): Promise<RunFollowed | undefined> {
  if (run.host.platform !== 'github' || run.inputs['github-token'] === undefined) return undefined;
  const { followedRun } = await import('./github/followed-run.ts');
  return followedRun(run);
}

interface Ended {
  readonly command: string;
  readonly startedAt: number;
  readonly result: Result;
  readonly sections: readonly string[];
  readonly error: unknown;
  readonly cancel: Cancellation | undefined;
}

/** Outputs, summary, failure: whatever happens here is a warning at most, because the work is done. */
async function finish(host: Host, { command, startedAt, result, sections, error, cancel }: Ended): Promise<number> {
  const { ender, exitStatus: signalled } = cancel ?? {};
  // A step that fails because it was cancelled says so in many ways; the reason is what counts.
  const cause = error !== undefined && ender !== undefined ? cancel?.signal.reason : error;
  const failures = cause === undefined ? [] : failuresOf(cause);
  const wrong = ender === undefined || ender === 'timeout' ? 'failed' : 'cancelled';
  const outcome = failures.length === 0 ? (result.outcome ?? 'done') : wrong;
  const exitStatus = failures.length === 0 ? (result.exitStatus ?? 0) : (signalled ?? exitStatusOfAll(failures));
  const milliseconds = Date.now() - startedAt;
  if (failures.length === 0) setOutputs(host, result);
  const { phases } = host.report;
  const deployed = result.deployed ?? [];
  const summary: Summary = { title: command, outcome, milliseconds, phases, deployed, sections, failures };
  if (phases.length > 0 || failures.length > 0) {
    await host.summarize(summaryText(summary)).catch((cause: unknown) => {
      host.report.warn(
        `The job summary could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    });
  }
  host.end({ title: command, outcome, exitStatus, milliseconds, failures });
  return exitStatus;
}

function setOutputs(host: Host, { outputs = {} }: Result): void {
  for (const [name, value] of Object.entries(outputs)) {
    const reason = value === undefined ? undefined : host.output(name, value);
    if (reason !== undefined) host.report.warn(`The output "${name}" was not handed on: ${reason}.`);
  }
}

/** The same promise for every caller. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
