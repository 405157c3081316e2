import { connect as dialHere } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import { startRelay } from '../lab/relay.ts';
import { startSshd } from '../support/sshd.ts';

const report = { note: () => undefined, warn: () => undefined };

const talk = (port: number): Promise<string> => text(dialHere(port, '127.0.0.1').end('hello'));

async function untilItAnswers(port: number): Promise<string> {
  for (const deadline = Date.now() + 15_000; ; await sleep(100)) {
    const said = await talk(port).catch(() => '');
    if (said !== '' || Date.now() > deadline) return said;
  }
}

describe('a port of the server that is ours', () => {
  it('is the same after the connection broke', async () => {
    await using sshd = await startSshd();
    await using server = await connect(sshd.target, { report });
    const listener = await server.listen(0, (stream) => void stream.pipe(stream));
    await sshd.cut();
    expect((await server.run(['echo', 'back'], { repeatable: true })).stdout).toBe('back\n');
    expect(await untilItAnswers(listener.port)).toBe('hello');
  });

  it('is taken back from the old connection, where the server has not noticed that it is dead', async () => {
    await using sshd = await startSshd();
    await using relay = await startRelay({ host: '127.0.0.1', port: sshd.port });
    await using server = await connect({ ...sshd.target, port: relay.port }, { report });
    const listener = await server.listen(0, (stream) => void stream.pipe(stream));
    // Our side of the connection ends; what it says of that never reaches the server.
    relay.orphan();
    expect((await server.run(['echo', 'back'], { repeatable: true })).stdout).toBe('back\n');
    expect(await untilItAnswers(listener.port)).toBe('hello');
  });

  it('is refused with a sentence where the server forwards nothing', async () => {
    await using sshd = await startSshd(['AllowTcpForwarding no']);
    await using server = await connect(sshd.target, { report });
    await expect(server.listen(0, () => undefined)).rejects.toMatchObject({
      code: 'SSH_FORWARDING_REFUSED',
      hint: expect.stringContaining('allowtcpforwarding'),
    });
  });
});
