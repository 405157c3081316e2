import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Artifacts } from './artifacts.ts';
import type { Status } from './expressions.ts';
import { readWorkflow } from './files.ts';
import { type JobOptions, JobRun } from './job.ts';

type Texts = Readonly<Record<string, string>>;

export interface RunnerOptions {
  /** Files of the repository: path → content. */
  readonly files?: Texts;
  readonly secrets?: Texts;
  readonly github?: Texts;
  /** What happened, as the file of GITHUB_EVENT_PATH. */
  readonly event?: object;
  readonly env?: Texts;
  readonly onStart?: JobOptions['onStart'];
  /** Between two jobs: what may happen to artifacts on their way. */
  readonly between?: (artifacts: string) => void;
}

export type Ran = JobRun & { readonly status: Status; readonly outputs: Texts };

/**
 * Runs a workflow's jobs one after the other, as GitHub's runner would on this machine: enough of it to show our actions to
 * themselves in the fast tests. It knows jobs with `needs`, steps, composite and JavaScript actions, and files of commands.
 */
export async function runWorkflow(text: string, options: RunnerOptions = {}): Promise<Record<string, Ran>> {
  const temporary = mkdtempSync(join(tmpdir(), 'drayage-runner-'));
  try {
    const checkout = join(temporary, 'repository');
    mkdirSync(checkout);
    for (const [path, content] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(checkout, path)), { recursive: true });
      writeFileSync(join(checkout, path), content);
    }
    const event = join(temporary, 'event.json');
    writeFileSync(event, JSON.stringify(options.event ?? {}));
    const github = {
      repository: 'acme/shop',
      run_id: '7',
      run_number: '3',
      run_attempt: '1',
      event_name: 'push',
      event_path: event,
      sha: 'c'.repeat(40),
      ref_name: 'main',
      ref_type: 'branch',
      ...options.github,
    };
    const artifacts = new Artifacts(join(temporary, 'artifacts'));
    const done: Record<string, Ran> = {};
    for (const [id, job] of await readWorkflow(text)) {
      if (Object.keys(done).length > 0) options.between?.(artifacts.folder);
      const needs = Object.fromEntries(
        Object.entries(done).map(([name, { outputs, status }]) => [name, { outputs, result: status }]),
      );
      const { secrets = {}, env = {}, onStart } = options;
      const run = new JobRun({ id, temporary, checkout, artifacts, secrets, needs, github, env, onStart });
      done[id] = Object.assign(run, await run.run(job));
    }
    return done;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
