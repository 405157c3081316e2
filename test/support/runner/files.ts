import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { convertActionTemplate, parseAction } from '@actions/workflow-parser/actions/index';
import { parse } from 'yaml';

type Texts = Readonly<Record<string, unknown>>;

export interface Step {
  readonly id?: string;
  readonly name?: string;
  /** With `success()` where it names no status itself. */
  readonly if: string;
  readonly uses?: string;
  readonly with?: Texts;
  readonly run?: string;
  readonly env?: Texts;
  readonly 'continue-on-error'?: boolean;
}

export interface Job {
  readonly env?: Texts;
  readonly outputs?: Texts;
  readonly steps: readonly Step[];
}

export interface Action {
  /** Where its action.yml is. */
  readonly folder: string;
  readonly inputs: readonly string[];
  readonly outputs: Texts;
  readonly runs:
    | { readonly using: 'composite'; readonly steps: readonly Step[] }
    | { readonly using: 'node24'; readonly pre?: string; readonly main: string; readonly post?: string };
}

/** The steps as they were written; GitHub's parser does not keep all of their keys, but makes their conditions whole. */
function stepsOf(raw: unknown, parsed: readonly { readonly if?: { readonly expression: string } }[]): Step[] {
  if (!Array.isArray(raw)) throw new TypeError('The steps are no list.');
  return raw.map((step, index) => ({ ...step, if: parsed[index]?.if?.expression ?? 'success()' }));
}

/** The jobs of a workflow, in their order. Throws what GitHub's own parser finds wrong. */
export async function readWorkflow(content: string): Promise<ReadonlyMap<string, Job>> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  if (value === undefined) throw new Error(`The workflow is not valid: ${context.errors.getErrors().join('; ')}`);
  const { jobs } = await convertWorkflowTemplate(context, value);
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0) throw new Error(`The workflow is not valid: ${errors.join('; ')}`);
  const raw = parse(content).jobs;
  return new Map(
    jobs.flatMap((job): [string, Job][] =>
      job.type === 'job'
        ? [[job.id.value, { ...raw[job.id.value], steps: stepsOf(raw[job.id.value].steps, job.steps) }]]
        : [],
    ),
  );
}

/** An action of a folder. Throws what GitHub's own parser finds wrong. */
export function readAction(folder: string): Action {
  const file = join(folder, 'action.yml');
  const content = readFileSync(file, 'utf8');
  const { context, value } = parseAction({ name: file, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (value === undefined || errors.length > 0) throw new Error(`${file} is not valid: ${errors.join('; ')}`);
  const template = convertActionTemplate(context, value);
  const raw = parse(content);
  const outputs = Object.entries<{ value?: string }>(raw.outputs ?? {}).map(([name, output]) => [name, output.value]);
  const { runs } = template;
  if (runs.using !== 'composite' && runs.using !== 'node24') throw new Error(`${file} runs by ${runs.using}.`);
  return {
    folder: resolve(folder),
    inputs: (template.inputs ?? []).map(({ id }) => id),
    outputs: Object.fromEntries(outputs),
    runs:
      runs.using === 'composite'
        ? { using: 'composite', steps: stepsOf(raw.runs.steps, runs.steps) }
        : { using: 'node24', pre: runs.pre, main: runs.main, post: runs.post },
  };
}
