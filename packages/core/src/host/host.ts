import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Location } from '../errors/drayage-error.ts';
import { givingAway } from '../report/encodings.ts';
import { excerpt } from '../report/excerpt.ts';
import { createRedactor, type Redactor } from '../report/redact.ts';
import type { Report } from '../report/report.ts';
import type { Adapter, AdapterOptions } from './adapter/adapter.ts';
import type { Environment } from './environment.ts';
import { type Platform, platformOf } from './platform.ts';
import { reportHub } from './report-hub.ts';
import type { Ending, ReportEvent, View } from './view/event.ts';
import { jsonView } from './view/json.ts';
import { painter, wantsColor } from './view/style.ts';

export interface HostOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly format: 'auto' | 'pretty' | 'plain' | 'json';
  /** Data goes to standard output, progress to standard error. */
  readonly printsData: boolean;
  readonly isCancelled: () => boolean;
}

/** Whoever runs and watches this process. Everything it shows went through redaction. */
export interface Host {
  readonly platform: Platform;
  readonly report: Report;
  readonly redactor: Redactor;
  /** Data the command was asked for. */
  print(text: string): void;
  /** An output of the step. One that holds a secret is not handed on; false then. */
  output(name: string, value: string): boolean;
  summarize(markdown: string): Promise<void>;
  /** Shows this listener, too, everything that happens from now on. */
  watch(listener: (event: ReportEvent) => void): void;
  end(ending: Ending): void;
}

export async function openHost(options: HostOptions): Promise<Host> {
  const { env, cwd, format, printsData, isCancelled } = options;
  const platform = platformOf(env);
  const redactor = createRedactor();
  const progress = printsData && platform === 'terminal' ? process.stderr : process.stdout;
  const errors = platform === 'terminal' && format !== 'json' ? process.stderr : progress;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const isTerminal = progress.isTTY === true && env.TERM !== 'dumb';
  // GitHub, GitLab and Bitbucket show colours though they are no terminals, but a log that is searched is better without.
  const paint = painter(wantsColor(env, progress.isTTY === true));
  const adapterOptions: AdapterOptions = {
    env,
    cwd,
    print: (text) => progress.write(text),
    printError: (text) => errors.write(text),
    paint,
    excerpt: (at) => excerptOf(at, cwd, redactor),
  };
  const pretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const columns = pretty && progress.isTTY === true ? () => progress.columns ?? 80 : undefined;
  const adapter = await openAdapter(platform, adapterOptions, columns);
  const view = await chooseView(adapter, adapterOptions, format, platform);
  const mask = (value: string) => {
    redactor.add(value);
    if (platform === 'github') for (const form of givingAway(value)) adapter.mask(form);
  };
  const listeners: ((event: ReportEvent) => void)[] = [];
  const emit = (event: ReportEvent) => {
    view.show(event);
    for (const listener of listeners) listener(event);
  };
  return {
    platform,
    redactor,
    report: reportHub({ emit, redactor, mask, isCancelled }),
    print: (text) => process.stdout.write(redactor.text(text)),
    output: (name, value) => {
      if (redactor.text(value) !== value) return false;
      adapter.output(name, value);
      view.output?.(name, value);
      return true;
    },
    summarize: (markdown) => adapter.summarize(redactor.text(markdown)),
    watch: (listener) => listeners.push(listener),
    end: (ending) => view.end({ ...ending, failures: ending.failures.map((failure) => redacted(failure, redactor)) }),
  };
}

async function openAdapter(platform: Platform, options: AdapterOptions, columns?: () => number): Promise<Adapter> {
  switch (platform) {
    case 'github':
      return (await import('./adapter/github.ts')).githubAdapter(options);
    case 'gitlab':
      return (await import('./adapter/gitlab.ts')).gitlabAdapter(options);
    case 'bitbucket':
      return (await import('./adapter/bitbucket.ts')).bitbucketAdapter(options);
    default:
      return (await import('./adapter/terminal.ts')).terminalAdapter(options, columns);
  }
}

/** The adapter's own view, unless another one was asked for; outputs and masks stay the adapter's. */
async function chooseView(
  adapter: Adapter,
  options: AdapterOptions,
  format: string,
  platform: Platform,
): Promise<View> {
  if (format === 'json') return jsonView(options.print);
  if (format === 'auto' || platform === 'terminal') return adapter.view;
  const { plainView } = await import('./view/plain.ts');
  return plainView(options);
}

function redacted<T extends { message: string; hint?: string; output?: string }>(failure: T, { text }: Redactor): T {
  const optional = (value: string | undefined) => (value === undefined ? undefined : text(value));
  return { ...failure, message: text(failure.message), hint: optional(failure.hint), output: optional(failure.output) };
}

function excerptOf(at: Location, cwd: string, redactor: Redactor): string | undefined {
  try {
    return redactor.text(excerpt(readFileSync(resolve(cwd, at.file), 'utf8'), at));
  } catch {
    return undefined;
  }
}

/** `drayage history | head` closes the pipe early: that is no failure. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
