import { announce, bootInput, newMarker } from './boot.ts';
import { Frames } from './frames.ts';
import type { Channel } from './link.ts';
import type { Sinks } from './warm-shell.ts';

/** A script in a channel of its own. After the script's text, the channel's input is the script's input. */
export class Program {
  /** The exit status, when all output was delivered; undefined when the connection broke. */
  readonly ended: Promise<number | undefined>;
  /** Process group on the server; undefined when it ended before it was announced. */
  readonly group: Promise<string | undefined>;

  constructor(channel: Channel, script: string, asRoot: boolean, sinks: Sinks) {
    const marker = newMarker();
    const bytes = Buffer.from(marker);
    const out = new Frames(sinks.stdout);
    const err = new Frames(sinks.stderr);
    const noise = () => undefined;
    this.group = new Promise((resolve) => {
      out.expect({ marker: bytes, deliver: noise, end: resolve });
      channel.ended.then(
        () => resolve(undefined),
        () => resolve(undefined),
      );
    });
    err.expect({ marker: bytes, deliver: noise, end: noise });
    channel.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    channel.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    channel.stdin.write(bootInput(`${announce(marker)}${script}`, asRoot), 'latin1');
    this.ended = channel.ended;
  }
}
