import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { markedLines } from '../report/marked-lines.ts';
import { Stages } from '../report/stages.ts';
import type { Server } from '../transport/server.ts';
import { superseded } from './sync-script.ts';

/** Something else done in the build's own job once the image is there: it saves the turns of a job of its own. Its failure does not fail the build. */
export interface FollowUp {
  readonly title: string;
  /** POSIX sh, run in the job's folder with the Docker CLI's environment of the build. */
  readonly script: string;
  /** Called with the words of each line that begins with `@drayage`. */
  readonly onWords: (words: readonly string[]) => void;
}

export interface BuildJob {
  /** Names the job; a random part is added. */
  readonly name: string;
  /** Titles of the script's parts; a line `@drayage stage` begins the next. */
  readonly titles: readonly string[];
  readonly script: string;
  readonly files: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly followUp?: FollowUp;
}

export interface BuiltImage {
  readonly imageId: string;
  readonly platform: string;
  /** Who its containers run as; empty: root. */
  readonly user: string;
}

/** Output kept for the diagnosis. */
const keptOutput = 64 * 1024;

/**
 * Runs a build as a detached job: it survives a broken connection, runs once, and ends with its client. undefined when another run has
 * changed the sources before the build could lock them.
 *
 * @param diagnose Makes the error of the part (counted from 0) that ended with this output and exit status.
 */
export async function runBuild(
  context: Context,
  server: Server,
  job: BuildJob,
  diagnose: (log: string, part: number, exitCode: number) => DrayageError,
): Promise<BuiltImage | undefined> {
  const { followUp } = job;
  const stages = new Stages(context.report);
  const titles = [...job.titles, ...(followUp === undefined ? [] : [followUp.title])];
  let part = -1;
  let log = '';
  let image: BuiltImage | undefined;
  const advance = () => {
    part += 1;
    log = '';
    stages.next(titles[part] ?? '');
  };
  const lines = markedLines(
    (words) => {
      const [word, first = '', second = '', third = ''] = words;
      if (word === 'stage') advance();
      else if (word === 'image') image = { imageId: first, platform: second, user: third };
      else if (image !== undefined) followUp?.onWords(words);
      else log += `@drayage ${words.join(' ')}\n`;
    },
    (text) => {
      log = `${log}${text}`.slice(-keptOutput);
      stages.output(text);
    },
  );
  advance();
  try {
    const { exitCode } = await server.job({
      id: `${job.name}-${randomBytes(4).toString('hex')}`,
      script: followUp === undefined ? job.script : `${job.script}\necho '@drayage stage'\n${followUp.script}`,
      files: job.files,
      onOutput: lines.push,
      signal: context.signal,
      timeout: job.timeout,
    });
    lines.finish();
    if (exitCode === superseded && image === undefined) {
      await stages.end();
      return undefined;
    }
    if (image === undefined) throw diagnose(log, part, exitCode);
    await stages.end();
    return image;
  } catch (error) {
    const failure = error instanceof DrayageError && error.code === 'JOB_TIMEOUT' ? timedOut(job, server) : error;
    await stages.end(failure);
    throw failure;
  }
}

function timedOut({ timeout, titles }: BuildJob, server: Server): DrayageError {
  const minutes = Math.round(timeout / 6000) / 10;
  return new DrayageError(
    'BUILD_FAILED',
    `"${titles.at(-1)}" took longer than ${minutes} min on ${server.name} and was ended.`,
    {
      hint: 'Raise build.timeout.',
    },
  );
}
