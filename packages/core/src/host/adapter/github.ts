import { randomUUID } from 'node:crypto';
import type { Location } from '../../errors/drayage-error.ts';
import { annotationText, errorsText } from '../../report/error-text.ts';
import type { Failure } from '../../report/failure.ts';
import { variable } from '../environment.ts';
import type { Ending, View } from '../view/event.ts';
import { groupedEvents } from '../view/groups.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { inWorkspace } from './workspace-path.ts';

type Toolkit = typeof import('../toolkit.ts');

/** Characters of all outputs together: GitHub takes 1 MB of a job, counted as UTF-16. */
const largestOutputs = 500_000;

/** Title of the group with all failures in full. */
const whyItFailed = 'Why it failed';

/** Annotations of one kind that the runner keeps of a step. */
const mostAnnotations = 10;

/**
 * GitHub Actions: groups, annotations, masks, outputs by file, job summary. Whatever is not a command of ours is printed
 * while commands are off: a tool could print `::set-output` or `::add-mask` otherwise.
 */
export async function githubAdapter(options: AdapterOptions): Promise<Adapter> {
  const toolkit = await import('../toolkit.ts');
  const fence = fenced(options.print);
  const masked = new Set<string>();
  let written = 0;
  return {
    view: githubView(toolkit, fence, options),
    mask: (value) => {
      if (masked.has(value)) return;
      masked.add(value);
      fence.command(() => toolkit.setSecret(value));
    },
    output: (name, value) => {
      if (written + value.length > largestOutputs) return 'GitHub takes 1 MB of outputs from a job, and it is larger';
      written += value.length;
      fence.command(() => toolkit.setOutput(name, value));
      return undefined;
    },
    data: (text) => {
      // Titles of deployments and logs of containers are anybody's text. What holds no command stays fit for a file.
      if (/^\s*::|##\[/m.test(text)) fence.line(text.replace(/\n$/, ''));
      else options.print(text);
    },
    summarize: async (markdown) => {
      if (variable(options.env, 'GITHUB_STEP_SUMMARY') === undefined) return;
      await toolkit.summary.addRaw(markdown, true).write();
    },
  };
}

/** One for each failure, at its own place. Where there are more than the runner keeps, the last one says how many. */
function annotationsOf(failures: readonly Failure[]): readonly { readonly text: string; readonly at?: Location }[] {
  const shown = failures.length > mostAnnotations ? failures.slice(0, mostAnnotations - 1) : failures;
  const left = failures.length - shown.length;
  const rest =
    left === 0 ? [] : [{ text: `There are ${left} more problems; the log has them under "${whyItFailed}".` }];
  return [...shown.map((failure) => ({ text: annotationText(failure), at: failure.at })), ...rest];
}

interface Fence {
  command(issue: () => void): void;
  line(text: string): void;
}

function fenced(print: (text: string) => void): Fence {
  let token: string | undefined;
  return {
    command(issue) {
      if (token !== undefined) print(`::${token}::\n`);
      token = undefined;
      issue();
    },
    line(text) {
      if (token === undefined) {
        token = randomUUID();
        print(`::stop-commands::${token}\n`);
      }
      print(`${text}\n`);
    },
  };
}

function githubView(toolkit: Toolkit, fence: Fence, options: AdapterOptions): View {
  const show = groupedEvents({
    open: (_phase, title) => fence.command(() => toolkit.startGroup(title)),
    close: () => fence.command(() => toolkit.endGroup()),
    line: (text) => fence.line(text),
  });
  const properties = (at: Location | undefined) =>
    at === undefined
      ? {}
      : {
          file: inWorkspace(at.file, variable(options.env, 'GITHUB_WORKSPACE'), options.cwd),
          startLine: at.line,
          startColumn: at.column,
        };
  return {
    show: (event) => {
      if (event.event !== 'warning') show(event);
      else fence.command(() => toolkit.warning(event.message, properties(event.place)));
    },
    end: ({ failures, title }: Ending) => {
      if (failures.length > 0) {
        const text = errorsText(failures, { excerpt: options.excerpt });
        fence.command(() => toolkit.startGroup(whyItFailed));
        for (const line of text.split('\n')) fence.line(line);
        fence.command(() => toolkit.endGroup());
        for (const { text, at } of annotationsOf(failures)) {
          fence.command(() => toolkit.error(text, { title: `drayage ${title}`, ...properties(at) }));
        }
      }
      fence.command(() => undefined);
    },
  };
}
