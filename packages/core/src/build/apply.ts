import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { markedLines } from '../report/marked-lines.ts';
import { Stages } from '../report/stages.ts';
import type { Server } from '../transport/server.ts';
import { aboutLines, openGateScript } from './job-lines.ts';
import { superseded } from './sources/sync-script.ts';

/** Something else done in the build's own job once the image is there: it saves the turns of a job of its own. Its failure does not fail the build. */
export interface FollowUp {
  readonly title: string;
  /** POSIX sh, run in the job's folder with the Docker CLI's environment of the build. */
  readonly script: string;
  /** Called when the job has begun, with its folder on the server. */
  readonly onFolder?: (folder: string) => void;
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
  /** The script has `gateLines`: what follows them waits for this. A rejection ends the job, and is what is thrown. */
  readonly gate?: Promise<unknown>;
  readonly followUp?: FollowUp;
  /** Called with everything that is printed before the image is there. */
  readonly onOutput?: (text: string) => void;
  /** false: the image does not stay in the server's engine, so nobody there can be asked about it. */
  readonly isInEngine?: boolean;
}

export interface BuiltImage {
  /** Id in the server's engine, or digest in the registry. */
  readonly imageId: string;
  /** Empty where the engine does not have the image. */
  readonly platform: string;
  /** Who its containers run as; empty: root. */
  readonly user: string;
}

/** Output kept for the diagnosis. */
const keptOutput = 64 * 1024;

/**
 * Runs a build as a detached job: it survives a broken connection, runs once, and ends with its client. `superseded` when another run has
 * changed the sources before the build could lock them; `other-type` when the source turned out to be for another type (types/supposed.ts).
 *
 * @param diagnose Makes the error of the part (counted from 0) that ended with this output and exit status.
 */
export async function runBuild(
  context: Context,
  server: Server,
  job: BuildJob,
  diagnose: (log: string, part: number, exitCode: number) => DrayageError,
): Promise<BuiltImage | 'superseded' | 'other-type'> {
  const { followUp, gate, isInEngine = true } = job;
  const stop = new AbortController();
  const stages = new Stages(context.report);
  const titles = [...job.titles, ...(followUp === undefined ? [] : [followUp.title])];
  let part = -1;
  let log = '';
  let image: BuiltImage | undefined;
  let isOtherType = false;
  const advance = () => {
    part += 1;
    log = '';
    stages.next(titles[part] ?? '');
  };
  const pass = (folder: string) => {
    const allowed = gate?.then(() => {
      advance();
      return allow(server, folder);
    });
    allowed?.catch((error: unknown) => stop.abort(error));
  };
  const lines = markedLines(
    (words) => {
      const [word, first = '', second = ''] = words;
      if (word === 'stage') advance();
      else if (word === 'gate' && part < 0) pass(first);
      else if (word === 'other-type' && image === undefined) isOtherType = true;
      else if (word === 'job' && image === undefined) followUp?.onFolder?.(first);
      else if (word === 'image') image = { imageId: first, platform: '', user: '' };
      else if (word === 'about' && image !== undefined) image = { ...image, platform: first, user: second };
      else if (image !== undefined) followUp?.onWords(words);
      else log += `@drayage ${words.join(' ')}\n`;
    },
    (text) => {
      log = `${log}${text}`.slice(-keptOutput);
      stages.output(text);
      if (image === undefined) job.onOutput?.(text);
    },
  );
  // What is behind a gate has not begun.
  if (gate === undefined) advance();
  try {
    const { exitCode } = await server.job({
      id: `${job.name}-${randomBytes(4).toString('hex')}`,
      script: `${followUp?.onFolder === undefined ? '' : 'echo "@drayage job $DRAYAGE_JOB"\n'}${job.script}${followUp === undefined ? '' : `\necho '@drayage stage'\n${followUp.script}`}${isInEngine ? aboutLines : ''}`,
      files: job.files,
      onOutput: lines.push,
      signal: AbortSignal.any([context.signal, stop.signal]),
      timeout: job.timeout,
    });
    lines.finish();
    if (image === undefined && (isOtherType || exitCode === superseded)) {
      await stages.end();
      return isOtherType ? 'other-type' : 'superseded';
    }
    if (image === undefined) {
      if (part < 0) advance();
      throw diagnose(log, part, exitCode);
    }
    if (isInEngine && image.platform === '') throw vanished(image, server, log);
    await stages.end();
    return image;
  } catch (error) {
    const isTimeout = error instanceof DrayageError && error.code === 'JOB_TIMEOUT';
    const failure = stop.signal.aborted ? stop.signal.reason : isTimeout ? timedOut(job, server) : error;
    await stages.end(failure);
    throw failure;
  }
}

function vanished({ imageId }: BuiltImage, server: Server, log: string): DrayageError {
  const last = log.trim().split('\n').at(-1) ?? '';
  return new DrayageError(
    'IMAGE_NOT_FOUND',
    `${server.name} built ${imageId}, but does not have it any more${last === '' ? '' : `: ${last}`}.`,
    { hint: 'Something removes images there (docker image prune) while builds run. Run again.' },
  );
}

async function allow(server: Server, folder: string): Promise<void> {
  // A line of somebody else's output must not name another place.
  if (!folder.startsWith(`${server.account.runDir}/jobs/`)) return;
  await server.script(openGateScript(folder), { purpose: 'Allowing the build to begin' });
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
