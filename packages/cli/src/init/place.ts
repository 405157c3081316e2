import type { Ci } from './answers.ts';
import type { Workflow } from './workflow.ts';

/** Paths and what stands there now. */
export type Present = ReadonlyMap<string, string>;

/** What every workflow that `init` writes says in its first line. */
export const signature = 'Written by `drayage init`';

const workflowFolder = '.github/workflows/';

/** Whether `init` wrote the file: only then may `--force` replace it. */
export function isFromInit(text: string): boolean {
  return text.includes(signature);
}

/** Whether a workflow uses Drayage already, whoever wrote it. */
export function usesDrayage(text: string): boolean {
  return isFromInit(text) || /^(?!\s*#).*\bdrayage\/drayage\b/m.test(text);
}

/**
 * Where the workflow goes. On GitHub any name will do: that of a workflow which uses Drayage already, else the first
 * that no other workflow has. Other CIs read one file, and there is nothing to choose.
 */
export function placed(ci: Ci, workflow: Workflow | undefined, present: Present): Workflow | undefined {
  if (workflow === undefined || ci !== 'github') return workflow;
  const workflows = [...present].filter(([path]) => path.startsWith(workflowFolder));
  const own = workflows.find(([, text]) => isFromInit(text)) ?? workflows.find(([, text]) => usesDrayage(text));
  if (own !== undefined) return { ...workflow, path: own[0] };
  let path = workflow.path;
  for (let count = 1; present.has(path); count += 1) {
    path = `${workflowFolder}drayage${count === 1 ? '' : `-${count}`}.yml`;
  }
  return { ...workflow, path };
}
