import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Channel } from '../../../packages/core/src/transport/link.ts';
import { LocalLink } from '../../../packages/core/src/transport/local-link.ts';
import { type Execution, Session } from '../../../packages/core/src/transport/session.ts';

/** This machine, where a program starts only when it is let. */
class HeldLink extends LocalLink {
  opened = 0;
  #held: Promise<void> | undefined;

  override async open(command: string): Promise<Channel> {
    this.opened += 1;
    await this.#held;
    return super.open(command);
  }

  hold(): () => void {
    let open = (): void => undefined;
    this.#held = new Promise((resolve) => {
      open = resolve;
    });
    return () => {
      this.#held = undefined;
      open();
    };
  }
}

function execution(script: string, more: Partial<Execution> = {}): Execution {
  const { signal } = new AbortController();
  return { script, privileged: false, signal, stdout: () => undefined, stderr: () => undefined, ...more };
}

it.each([
  ['a shell', () => ({})],
  ['a channel of its own', () => ({ stdin: Readable.from(['x']) })],
])('gives %s back that opens after whoever wanted it was cancelled', async (_what, more) => {
  const link = new HeldLink();
  const session = await Session.open(link);
  try {
    // More often than there are seats on a connection.
    for (let time = 0; time < 12; time += 1) {
      const busy = session.run(execution('sleep 0.05'));
      const letOpen = link.hold();
      const stop = new AbortController();
      const cancelled = session.run(execution('echo never', { ...more(), signal: stop.signal }));
      stop.abort(new Error('cancelled'));
      letOpen();
      await expect(cancelled).rejects.toThrow('cancelled');
      await busy;
    }
    // Neither ends without the other: there is a seat for both.
    const file = join(mkdtempSync(join(tmpdir(), 'drayage-session-')), 'there');
    const waits = session.run(execution(`until [ -e ${file} ]; do sleep 0.02; done`, more()));
    const makes = session.run(execution(`: > ${file}`, more()));
    expect(await Promise.all([waits, makes])).toEqual([0, 0]);
    rmSync(dirname(file), { recursive: true });
    // A shell that was given back is used again.
    if (!('stdin' in more())) expect(link.opened).toBeLessThanOrEqual(4);
  } finally {
    await session.close();
  }
});
