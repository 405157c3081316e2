import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import { acquireAll, type Waiting } from '../../packages/core/src/transport/lease.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const report = { note: () => undefined, warn: () => undefined };
const alice = { id: 'run-alice', who: "alice's run 42", url: 'https://ci.example/42' };
const bob = { id: 'run-bob', who: 'bob@laptop' };
const carol = { id: 'run-carol', who: 'carol' };

/** The next line a process prints. */
function lineFrom(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('\n')) return;
      child.stdout.off('data', read);
      resolve(text.trim());
    };
    child.stdout.on('data', read);
    child.once('exit', () => reject(new Error(`it ended after printing '${text}'`)));
  });
}

describe('a lock', () => {
  let sshd: Sshd;
  let one: Server;
  let two: Server;
  let folder: string;
  let name: string;

  beforeAll(async () => {
    sshd = await startSshd();
    one = await connect(sshd.target, { report });
    two = await connect(sshd.target, { report });
    folder = await mkdtemp(join(tmpdir(), 'drayage-lease-'));
  });
  beforeEach(() => {
    name = `test-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  });
  afterAll(async () => {
    await one.script('rm -f "$DRAYAGE_STATE"/locks/test-*');
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const fenceOf = (guard: string) => Number(/!= (\d+)/.exec(guard)?.[1]);

  it('has one owner, whom the others are told about', async () => {
    await using lease = await acquireAll([one], name, alice);
    expect((await lease.script(one, 'echo changed')).stdout).toBe('changed\n');
    await expect(acquireAll([two], name, bob)).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringMatching(
        new RegExp(`^${name} on web1 is being changed by alice's run 42 since \\d{4}-\\d\\d-\\d\\dT[\\d:]+Z\\.$`),
      ),
      hint: 'Look at it: https://ci.example/42',
    });
  });

  it('is free after its release, with the next fence', async () => {
    const first = await acquireAll([one], name, alice);
    await first.release();
    const second = await acquireAll([two], name, bob);
    expect(fenceOf(second.guard('web1'))).toBe(fenceOf(first.guard('web1')) + 1);
    await expect(first.script(one, `echo late >${folder}/${name}`)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await expect(readFile(join(folder, name))).rejects.toThrow('ENOENT');
    await second.release();
  });

  it('goes to one of many that want it in the same moment', async () => {
    const runs = Array.from({ length: 8 }, (_, index) =>
      acquireAll([index % 2 === 0 ? one : two], name, { id: `run-${index}`, who: `run ${index}` }),
    );
    const results = await Promise.allSettled(runs);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    for (const result of results) if (result.status === 'fulfilled') await result.value.release();
  });

  it('is kept alive by renewal, for longer than its life', async () => {
    await using lease = await acquireAll([one], name, alice, { life: 2 });
    await sleep(4500);
    await expect(acquireAll([two], name, bob)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(lease.signal.aborted).toBe(false);
  });

  it('can be waited for, in order of arrival', async () => {
    const lease = await acquireAll([one], name, alice);
    const said: Waiting[] = [];
    const order: string[] = [];
    const wait = async (server: Server, owner: typeof bob) => {
      const got = await acquireAll([server], name, owner, { wait: 30_000, onWait: (waiting) => said.push(waiting) });
      order.push(owner.who);
      await got.release();
    };
    const first = wait(two, bob);
    await sleep(500);
    const second = wait(one, carol);
    await sleep(1000);
    expect(said.map(({ who, url, position }) => [who, url, position])).toEqual([
      ["alice's run 42", 'https://ci.example/42', 1],
      ["alice's run 42", 'https://ci.example/42', 2],
    ]);
    await lease.release();
    await Promise.all([first, second]);
    expect(order).toEqual(['bob@laptop', 'carol']);
  });

  it('is not waited for longer than was asked', async () => {
    await using lease = await acquireAll([one], name, alice);
    const begun = Date.now();
    await expect(acquireAll([two], name, bob, { wait: 1500 })).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(Date.now() - begun).toBeLessThan(4000);
    expect(lease.signal.aborted).toBe(false);
  });

  it('on several servers is had on all or on none', async () => {
    await using other = await startSshd();
    await using remote = await connect({ ...other.target, name: 'web2' }, { report });
    // Both servers of this test share a state folder; a name each keeps their locks apart.
    const apart: Server = new Proxy(remote, {
      get(target, key) {
        if (key === 'script')
          return (text: string, options: object) => target.script(text.replaceAll(name, `${name}-2`), options);
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const blocking = await acquireAll([apart], name, bob);
    await expect(acquireAll([one, apart], name, alice)).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringContaining('web2'),
    });
    const free = await acquireAll([two], name, carol);
    await free.release();
    await blocking.release();
    const both = await acquireAll([one, apart], name, alice);
    expect((await both.script(apart, 'echo both')).stdout).toBe('both\n');
    await both.release();
  });

  it('whose owner stood still is taken over, and the owner changes nothing any more', async () => {
    const plan = join(folder, `${name}.json`);
    await writeFile(plan, JSON.stringify({ target: sshd.target, name, life: 2 }));
    const owner = spawn(process.execPath, ['test/support/lease-owner.ts', plan]);
    try {
      expect(await lineFrom(owner)).toBe('held');
      owner.stdin.write(`echo first >>${folder}/changes\n`);
      expect(await lineFrom(owner)).toBe('done');
      owner.kill('SIGSTOP');
      await expect(acquireAll([one], name, bob)).rejects.toMatchObject({ code: 'LOCK_HELD' });
      await using lease = await acquireAll([one], name, bob, { wait: 15_000 });
      await lease.script(one, `echo second >>${folder}/changes`);
      owner.kill('SIGCONT');
      owner.stdin.write(`echo late >>${folder}/changes\n`);
      expect(await lineFrom(owner)).toBe(
        'LOCK_LOST This run was overtaken on web1 by bob@laptop: it stood still for more than 2 s. It has stopped and changes nothing more.',
      );
      expect(await readFile(join(folder, 'changes'), 'utf8')).toBe('first\nsecond\n');
    } finally {
      owner.kill('SIGKILL');
    }
  });

  it('is not taken over while a job of its owner still runs', async () => {
    const plan = join(folder, `${name}.json`);
    await writeFile(plan, JSON.stringify({ target: sshd.target, name, life: 2 }));
    const owner = spawn(process.execPath, ['test/support/lease-owner.ts', plan]);
    try {
      expect(await lineFrom(owner)).toBe('held');
      owner.stdin.write(`sleep 6; echo finished >>${folder}/job\n`);
      await sleep(500);
      owner.kill('SIGKILL');
      await using lease = await acquireAll([one], name, bob, { wait: 20_000 });
      expect((await lease.script(one, `cat ${folder}/job`)).stdout).toBe('finished\n');
    } finally {
      owner.kill('SIGKILL');
    }
  });

  it('tells its owner as soon as a renewal finds it gone', async () => {
    const lease = await acquireAll([one], name, alice, { life: 2 });
    await one.script(`sed -i 1s/.*/99/ "$DRAYAGE_STATE/locks/${name}"`);
    await sleep(1500);
    expect(lease.signal.reason).toMatchObject({ code: 'LOCK_LOST' });
    await lease.release();
  });

  it('says what is wrong where it cannot be written', async () => {
    const broken: Server = new Proxy(one, {
      get(target, key) {
        if (key === 'script')
          return (text: string, options: object) => target.script(`DRAYAGE_STATE=/proc/none\n${text}`, options);
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await expect(acquireAll([broken], name, alice)).rejects.toMatchObject({
      code: 'LOCK_FAILED',
      message: expect.stringContaining('Taking the lock on web1 failed: '),
    });
  });
});
