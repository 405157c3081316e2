import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerLogger } from '@actions/languageservice/log';
import { validate } from '@actions/languageservice/validate';
import { parse } from 'yaml';

type TextDocument = Parameters<typeof validate>[0];

// It logs what it could not check and reports nothing: here that is an error.
const unchecked: string[] = [];
const ignored = (): void => undefined;
registerLogger({ error: (message) => unchecked.push(message), warn: ignored, info: ignored, log: ignored });

/**
 * What GitHub's own language service says about a workflow, as `line: message`. The inputs of our actions are those of
 * the files in this repository; those of other people's actions are not checked.
 */
export async function findings(name: string, text: string): Promise<string[]> {
  const lines = text.split('\n');
  const document = {
    ...{ uri: `file:///.github/workflows/${name}.yml`, languageId: 'yaml', version: 1, lineCount: lines.length },
    getText: () => text,
  } as TextDocument;
  unchecked.length = 0;
  const diagnostics = await validate(document, {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name: repository, path = '' }) => {
        if (owner === 'actions') return { name: repository, description: '' };
        const file = join(path, 'action.yml');
        return owner === 'drayage' && existsSync(file) ? parse(readFileSync(file, 'utf8')) : undefined;
      },
    },
  });
  // A schedule is explained in words, which is no finding.
  const found = diagnostics.filter(({ severity }) => severity !== 3);
  return [...unchecked, ...found.map(({ message, range }) => `${range.start.line + 1}: ${message}`)];
}

interface Job {
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly id?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, string>>;
  }[];
}

/** References to outputs that the action of that step, or the job, does not have. The language service knows of none. */
export function unknownOutputs(text: string): string[] {
  const jobs: Readonly<Record<string, Job>> = parse(text).jobs;
  return Object.values(jobs).flatMap((job) => {
    const words = JSON.stringify(job);
    const steps = [...words.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(([, id, output = '']) => {
      const { uses = '' } = job.steps.find((step) => step.id === id) ?? {};
      return !(output in outputsOfAction(uses));
    });
    const needs = [...words.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(
      ([, id = '', output = '']) => !(output in (jobs[id]?.outputs ?? {})),
    );
    return [...steps, ...needs].map(([reference]) => reference);
  });
}

function outputsOfAction(uses: string): object {
  const path = /^drayage\/drayage(?:\/([^@]*))?@/.exec(uses);
  return path === null ? {} : parse(readFileSync(join(path[1] ?? '', 'action.yml'), 'utf8')).outputs;
}

/** For each step that runs one of our actions: the names of the secrets it is given for drayage.yml. */
export function secretsGiven(text: string): string[][] {
  const jobs: Readonly<Record<string, Job>> = parse(text).jobs;
  return Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .filter(({ uses = '' }) => uses.startsWith('drayage/'))
    .map((step) => [...(step.with?.secrets ?? '').matchAll(/^(\w+)=/gm)].map(([, name = '']) => name));
}
