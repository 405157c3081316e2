import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import { acquireAll } from '../../packages/core/src/transport/lease.ts';
import { endRun } from '../../packages/core/src/transport/leftovers.ts';
import { startSshd } from '../support/sshd.ts';

const report = { note: () => undefined, warn: () => undefined };
const owner = (id: string) => ({ id, who: `run ${id}` });

describe('endRun', () => {
  it('ends the jobs of a killed run and frees its locks, and no one else’s', async () => {
    await using sshd = await startSshd();
    await using dead = await connect(sshd.target, { report });
    await using alive = await connect(sshd.target, { report });
    const id = `gh-1-${process.pid}`;
    const lock = `leftovers-${process.pid}`;
    await acquireAll([dead], lock, owner(id));
    await using other = await acquireAll([alive], `${lock}-other`, owner('gh-2'));
    let output = '';
    const onOutput = (chunk: string) => {
      output += chunk;
    };
    const job = dead.job({ id, script: 'echo begun; exec sleep 600', onOutput });
    const ended = job.then(
      () => 'done',
      (error) => error.code,
    );
    while (!output.includes('begun')) await sleep(20);

    await expect(acquireAll([alive], lock, owner('gh-3'))).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(await endRun(alive, id, [id, 'was-never-started'])).toBe(1);

    expect(await ended).toBe('CANCELLED');
    await using taken = await acquireAll([alive], lock, owner('gh-3'));
    expect((await taken.script(alive, 'echo mine')).stdout).toBe('mine\n');
    expect((await other.script(alive, 'echo still mine')).stdout).toBe('still mine\n');
  });
});
