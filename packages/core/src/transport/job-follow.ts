import { newMarker } from './boot.ts';
import { Frames } from './frames.ts';
import { cancelLine } from './job-script.ts';
import type { LinkedServer } from './linked-server.ts';

export type FollowResult =
  | { readonly kind: 'ended'; readonly status: number; readonly reason: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'disconnected' };

export interface Following {
  readonly result: Promise<FollowResult>;
  /** Settles when the server has taken note of the end: a round trip after the result. */
  readonly acknowledged: Promise<unknown>;
  /** Has the job ended, be it about to begin. */
  cancel(): void;
  /** Stops following a job that will not end by itself. */
  giveUp(why: string): void;
}

export interface FollowOptions {
  /** Whether it may run already, from before the connection broke. */
  readonly mayRun: boolean;
  /** The script, given the word it has to greet with; see followScript. */
  readonly script: (greeting: string) => string;
  /** Bytes of the log, in order, without the line that ends it. */
  readonly onLog: (chunk: Buffer) => void;
  /** The job was found or started: it must not be started again. */
  readonly onFound: () => void;
}

/** Follows a job's log over the present connection, until the job ends or the connection does. */
export function followJob(server: LinkedServer, { mayRun, script, onLog, onFound }: FollowOptions): Following {
  const greeting = newMarker();
  let send: (line: string) => void = () => undefined;
  let result: FollowResult | undefined;
  let tell: (found: FollowResult) => void = () => undefined;
  const settled = new Promise<FollowResult>((resolve) => {
    tell = resolve;
  });
  // What is said before the script has greeted may end in the buffer of the shell that reads the script.
  const unsent: string[] = [];
  let hasGreeted = false;
  const say = (line: string) => {
    if (hasGreeted) send(line);
    else unsent.push(line);
  };
  const settle = (found: FollowResult, line: string) => {
    // The script reads exactly one line that ends it; a second one would reach whoever uses the shell next.
    if (result !== undefined) return;
    result = found;
    say(line);
    tell(found);
  };
  const log = new Frames(() => undefined);
  log.expect({
    marker: Buffer.from(greeting),
    deliver: () => undefined,
    end: (words) => {
      const [how, marker = ''] = words.split(' ');
      if (how === 'lost') {
        result = { kind: 'lost', why: 'its folder on the server has vanished' };
        return;
      }
      hasGreeted = true;
      for (const line of unsent) send(line);
      onFound();
      log.expect({
        marker: Buffer.from(marker),
        deliver: onLog,
        end: (ending) => {
          const [status, reason = 'done'] = ending.split(' ');
          settle({ kind: 'ended', status: Number(status), reason }, 'done');
        },
      });
    },
  });
  const words: Buffer[] = [];
  const unsaid = new AbortController();
  let isSaid = false;
  const over = server.converse(
    script(greeting),
    { stdout: (chunk) => log.push(chunk), stderr: (chunk) => words.push(chunk) },
    (sender) => {
      isSaid = true;
      send = sender;
    },
    unsaid.signal,
  );
  const unsettled = over.then((status): FollowResult => {
    if (result !== undefined) return result;
    if (status === undefined) return { kind: 'disconnected' };
    const said = Buffer.concat(words).toString().trim().split('\n').at(-1);
    return { kind: 'lost', why: `its log could not be followed (status ${status}${said === '' ? '' : `, ${said}`})` };
  });
  return {
    result: Promise.race([settled, unsettled]),
    acknowledged: over,
    cancel: () => {
      // What still waits for a shell must not start the job when nobody cares for it any more.
      if (!isSaid && !mayRun) {
        unsaid.abort(new Error('it was cancelled'));
        settle({ kind: 'lost', why: 'it was cancelled' }, 'stop');
      } else if (result === undefined) say(cancelLine);
    },
    giveUp: (why) => settle({ kind: 'lost', why }, 'stop'),
  };
}
