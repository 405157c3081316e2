import { newMarker } from './boot.ts';
import { Frames } from './frames.ts';
import type { Channel } from './link.ts';
import { quote } from './shell.ts';

export interface Sinks {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** The shell ended in the midst of a script: it was killed, or the connection broke. */
export class ShellEnded extends Error {
  override readonly name = 'ShellEnded';
}

/**
 * A shell that is kept open and runs one script after another, each in a subshell with its input closed. A script costs
 * one round trip. Programs that a script leaves running in the background must not keep its output: it would be mixed up
 * with the next script's; work that outlives its script is a job.
 */
export class WarmShell {
  readonly #channel: Channel;
  readonly #out = new Frames(() => undefined);
  readonly #err = new Frames(() => undefined);
  #fail: ((error: Error) => void) | undefined;
  #over = false;
  /** Process group on the server. */
  group: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.stdout.on('data', (chunk: Buffer) => this.#out.push(chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#err.push(chunk));
    const ended = () => {
      this.#over = true;
      this.#fail?.(new ShellEnded('the shell ended before the script did'));
    };
    channel.ended.then(ended, ended);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Writes text that the shell executes itself; its output is taken up to `marker` on both streams. Resolves with the word after the marker. */
  execute(wire: string, marker: string, sinks: Sinks): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new ShellEnded('the shell has ended'));
      this.#fail = reject;
      let word: string | undefined;
      let open = 2;
      const end = (given: string, isStdout: boolean) => {
        if (isStdout) word = given;
        open -= 1;
        if (open > 0) return;
        this.#fail = undefined;
        resolve(word ?? '');
      };
      const bytes = Buffer.from(marker);
      this.#out.expect({ marker: bytes, deliver: sinks.stdout, end: (given) => end(given, true) });
      this.#err.expect({ marker: bytes, deliver: sinks.stderr, end: (given) => end(given, false) });
      this.#channel.stdin.write(wire, 'latin1');
    });
  }

  /**
   * Runs a script in a subshell and resolves with its exit status. `prelude` is executed by the shell itself, before.
   * With `listens` the script reads what `send` writes, and must have read all of it when it ends.
   */
  async run(script: string, sinks: Sinks, { prelude = '', listens = false } = {}): Promise<number> {
    const marker = newMarker();
    const wire = `${prelude}( eval ${quote(script)} )${listens ? '' : ' </dev/null'}; printf '%s %s\\n' ${marker} "$?"; printf '%s\\n' ${marker} >&2\n`;
    return Number(await this.execute(wire, marker, sinks));
  }

  send(text: string): void {
    if (!this.#over) this.#channel.stdin.write(text);
  }

  close(): void {
    this.#over = true;
    this.#channel.stdin.end();
  }
}
