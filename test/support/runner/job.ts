import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifacts } from './artifacts.ts';
import { fill, fillAll, holds, type Scope, type Status } from './expressions.ts';
import { FileCommands, type Written } from './file-commands.ts';
import { type Action, type Job, readAction, type Step } from './files.ts';
import { Log } from './log.ts';
import { Program } from './program.ts';

type Texts = Readonly<Record<string, string>>;

export interface JobOptions {
  readonly id: string;
  /** A folder of this run, outside of any repository. */
  readonly temporary: string;
  /** The repository of the workflow: what actions/checkout puts into the workspace. */
  readonly checkout: string;
  readonly artifacts: Artifacts;
  readonly secrets: Texts;
  readonly needs: Readonly<Record<string, { readonly outputs: Texts; readonly result: Status }>>;
  readonly github: Texts;
  /** Variables of every process; what is not here they do not see. */
  readonly env: Texts;
  /** Told of every process that a step starts, with what may happen to it. */
  readonly onStart?: (running: { cancel(): void; kill(): void }) => void;
}

/** A job, or a composite action inside it: each has its own steps, inputs and status. */
interface Frame {
  status: Status;
  readonly inputs: Texts;
  readonly env: Texts;
  readonly action?: Action;
  readonly steps: Record<string, { outputs: Texts; outcome: string; conclusion: string }>;
}

export class JobRun {
  readonly log = new Log();
  readonly codes: number[] = [];
  readonly workspace: string;
  summary = '';
  #cancelled = false;
  #env: Record<string, string> = {};
  #path: readonly string[] = [];
  readonly #posts: (() => Promise<boolean>)[] = [];
  readonly #options: JobOptions;

  constructor(options: JobOptions) {
    this.#options = options;
    this.workspace = mkdtempSync(join(options.temporary, 'workspace-'));
    for (const secret of Object.values(options.secrets)) this.log.mask(secret);
  }

  async run(job: Job): Promise<{ status: Status; outputs: Texts }> {
    const bare: Frame = { status: 'success', inputs: {}, env: {}, steps: {} };
    const env = fillAll(job.env, this.#scope(bare, {}));
    const frame: Frame = { ...bare, env };
    await this.#runSteps(frame, job.steps);
    for (const post of this.#posts.reverse()) if (!(await post())) frame.status = 'failure';
    const outputs = Object.entries(fillAll(job.outputs, this.#scope(frame, env)));
    const status = this.#cancelled ? 'cancelled' : frame.status;
    return { status, outputs: Object.fromEntries(outputs.filter(([name, value]) => this.#passes(name, value))) };
  }

  /** GitHub drops a job output that holds what is masked, and takes 1 MB of a job. */
  #passes(name: string, value: string): boolean {
    if (value.length * 2 > 1024 * 1024) throw new Error(`The job output ${name} is larger than 1 MB.`);
    const holdsMask = this.log.holdsMask(value);
    if (holdsMask) this.log.line(`::warning::Skip output '${name}' since it may contain secret.`);
    return !holdsMask;
  }

  async #runSteps(frame: Frame, steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const around = { ...this.#env, ...frame.env };
      const env = { ...around, ...fillAll(step.env, this.#scope(frame, around)) };
      const scope = this.#scope(frame, env);
      const id = step.id ?? `__${Object.keys(frame.steps).length}`;
      if (!holds(step.if, scope)) {
        frame.steps[id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
        continue;
      }
      this.log.begin(fill(step.name ?? step.uses ?? step.run, scope));
      const { ok, outputs } = await this.#runStep(step, frame, scope, env);
      const goesOn = ok || step['continue-on-error'] === true;
      const word = (good: boolean) => (good ? 'success' : 'failure');
      frame.steps[id] = { outputs, outcome: word(ok), conclusion: word(goesOn) };
      if (!goesOn) frame.status = 'failure';
    }
  }

  async #runStep(step: Step, frame: Frame, scope: Scope, env: Texts): Promise<{ ok: boolean; outputs: Texts }> {
    const given = fillAll(step.with, scope);
    const { uses } = step;
    if (uses === undefined) {
      const script = join(mkdtempSync(join(this.#options.temporary, 'script-')), 'step.sh');
      writeFileSync(script, fill(step.run, scope));
      const argv = ['/bin/bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', script] as const;
      return this.#program(argv, { ...env, ...(frame.action && { GITHUB_ACTION_PATH: frame.action.folder }) });
    }
    const own = /^actions\/(checkout|upload-artifact|download-artifact)@/.exec(uses)?.[1];
    if (own !== undefined) return { ok: this.#ownAction(own, given), outputs: {} };
    return this.#useAction(readAction(actionFolder(uses)), given, env);
  }

  #ownAction(name: string, given: Texts): boolean {
    const { artifacts, checkout } = this.#options;
    try {
      if (name === 'checkout') cpSync(checkout, this.workspace, { recursive: true });
      else if (name === 'upload-artifact') this.log.line(artifacts.upload(this.workspace, given));
      else this.log.line(artifacts.download(this.workspace, given));
      return true;
    } catch (error) {
      this.log.line(`::error::${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  async #useAction(action: Action, given: Texts, env: Texts): Promise<{ ok: boolean; outputs: Texts }> {
    const unexpected = Object.keys(given).filter((name) => !action.inputs.includes(name));
    if (unexpected.length > 0) this.log.line(`::warning::Unexpected input(s) '${unexpected.join("', '")}'`);
    // Declared inputs are there, and empty; what is not declared arrives as well.
    const inputs = { ...Object.fromEntries(action.inputs.map((name) => [name, ''])), ...given };
    if (action.runs.using === 'composite') {
      const frame: Frame = { status: this.#cancelled ? 'cancelled' : 'success', inputs, env, action, steps: {} };
      await this.#runSteps(frame, action.runs.steps);
      return { ok: frame.status === 'success', outputs: fillAll(action.outputs, this.#scope(frame, env)) };
    }
    const { pre, main, post } = action.runs;
    const named = Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ]);
    const state: Record<string, string> = {};
    const stage = async (file: string) => {
      const kept = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
      const all = { ...env, ...Object.fromEntries(named), ...Object.fromEntries(kept) };
      const ended = await this.#program([process.execPath, join(action.folder, file)], all);
      Object.assign(state, ended.written?.state);
      return ended;
    };
    if (pre !== undefined && !(await stage(pre)).ok) return { ok: false, outputs: {} };
    if (post !== undefined) {
      this.#posts.push(async () => {
        this.log.begin(`Post ${main}`);
        return (await stage(post)).ok;
      });
    }
    return stage(main);
  }

  async #program(
    argv: readonly [string, ...string[]],
    env: Texts,
  ): Promise<{ ok: boolean; outputs: Texts; written?: Written }> {
    using files = new FileCommands(this.#options.temporary);
    const base = this.#variables();
    const path = [...this.#path, env.PATH ?? base.PATH].join(':');
    const program = new Program({
      argv,
      cwd: this.workspace,
      env: { ...base, ...env, ...files.variables, PATH: path },
      onLine: (line) => this.log.line(line),
    });
    this.#options.onStart?.({ kill: () => program.kill(), cancel: () => void this.#cancel(program) });
    const code = await program.finished;
    this.codes.push(code);
    let written: Written;
    try {
      written = files.read();
    } catch (error) {
      this.log.line(`::error::${error instanceof Error ? error.message : String(error)}`);
      return { ok: false, outputs: {} };
    }
    this.#env = { ...this.#env, ...written.env };
    this.#path = [...written.path, ...this.#path];
    this.summary += written.summary;
    if (code !== 0) this.log.lines.push(`Process completed with exit code ${code}.`);
    return { ok: code === 0, outputs: written.outputs, written };
  }

  #cancel(program: Program): Promise<void> {
    this.#cancelled = true;
    return program.cancel();
  }

  #variables(): Record<string, string> {
    const { id, github, env, temporary } = this.#options;
    mkdirSync(join(temporary, 'home'), { recursive: true });
    const named = Object.entries(github).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value]);
    return {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: join(temporary, 'home'),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_JOB: id,
      GITHUB_WORKSPACE: this.workspace,
      RUNNER_TEMP: temporary,
      ...Object.fromEntries(named),
      ...env,
    };
  }

  #scope({ inputs, steps, action, status }: Frame, env: Texts): Scope {
    const { github, secrets, needs, id } = this.#options;
    const contexts = { github: { ...github, job: id, workspace: this.workspace }, env, inputs, steps };
    return {
      // An action sees nothing of the workflow's secrets but what it is given.
      contexts: action === undefined ? { ...contexts, secrets, needs } : contexts,
      status: this.#cancelled ? 'cancelled' : status,
    };
  }
}

/** Actions of this repository, by the names under which others use them. */
function actionFolder(uses: string): string {
  const [, path] = /^drayage\/drayage((?:\/[\w-]+)*)@v1$/.exec(uses) ?? [];
  if (path === undefined) throw new Error(`This runner has no action ${uses}.`);
  return `.${path}`;
}
