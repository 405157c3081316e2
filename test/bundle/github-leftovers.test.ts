import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunnerOptions, runWorkflow } from '../support/runner/runner.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { errorsOf, workflow } from './github-workflow.ts';

let sshd: Sshd;
const file = (name: string) => join(sshd.folder, name);

/** A real SSH server on which `docker` hangs while the file `hang` is there, so that a run stands still in the middle. */
beforeAll(async () => {
  const programs = `/tmp/drayage-programs-${process.pid}`;
  sshd = await startSshd([`SetEnv PATH=${programs}:/usr/sbin:/usr/bin:/sbin:/bin`]);
  mkdirSync(programs);
  writeFileSync(
    join(programs, 'docker'),
    `#!/bin/sh\n[ -e ${file('hang')} ] && touch ${file('called')} && exec sleep 600\nexit 1\n`,
  );
  chmodSync(join(programs, 'docker'), 0o755);
});
afterEach(() => {
  for (const name of ['hang', 'called']) rmSync(file(name), { force: true });
});
afterAll(async () => {
  rmSync(`/tmp/drayage-programs-${process.pid}`, { recursive: true });
  await sshd[Symbol.asyncDispose]();
});

const look = (given = '') => `uses: drayage/drayage/actions/setup-build-server@v1
with:
  dry-run: true
  ssh-key: \${{ secrets.SSH_KEY }}
${given}`;

async function run(step: string, options: Partial<RunnerOptions> = {}) {
  const server = `{ host: 127.0.0.1, port: ${sshd.port}, user: ${userInfo().username}, role: build, host-key: "${sshd.fingerprints.ed25519}" }`;
  const { deploy } = await runWorkflow(
    workflow(
      step,
      'name: what is left\nif: always()\nrun: cat .drayage/running/*.json 2>/dev/null || echo nothing left',
    ),
    {
      secrets: { SSH_KEY: readFileSync(file('client'), 'utf8') },
      files: { 'drayage.yml': `project: shop\nservers:\n  builder: ${server}\n` },
      ...options,
    },
  );
  if (deploy === undefined) throw new Error('The job did not run.');
  return deploy;
}

/** Does something to the step that runs once it stands still on the server. */
function whenItHangs(act: (running: { cancel(): void; kill(): void }) => void): RunnerOptions['onStart'] {
  writeFileSync(file('hang'), '');
  let timer: NodeJS.Timeout | undefined;
  return (running) => {
    // Of the first process only: that is the step itself.
    timer ??= setInterval(() => {
      if (!existsSync(file('called'))) return;
      clearInterval(timer);
      rmSync(file('hang'));
      act(running);
    }, 20);
  };
}

const cleaned = /##\[group\]Clean up after gh-7-1-[0-9a-f]{6}\nbuilder: no lock was left, 0 job\(s\) ended\./;
const free = '▶ Free what a run that was killed left';

describe('the last step of a composite action', () => {
  it('does not even start after a run that went well', async () => {
    const ran = await run(look());
    expect(ran.status).toBe('success');
    expect(ran.log.text).not.toContain(free);
    expect(ran.log.text).toContain('nothing left');
  });

  it('does not even start after a run that failed by itself', async () => {
    const ran = await run(look('  config: absent.yml'));
    expect(ran.status).toBe('failure');
    expect(ran.log.text).not.toContain(free);
    expect(ran.log.text).toContain('nothing left');
  });

  it('cleans up after one that was cancelled and could not clean up by itself in time', async () => {
    const ran = await run(look(), { onStart: whenItHangs((running) => running.cancel()) });
    expect(ran.status).toBe('cancelled');
    expect(ran.log.text).toContain('The run was cancelled, and cleaning up on the servers took too long.');
    expect(ran.log.text).toContain(free);
    expect(ran.log.text).toMatch(cleaned);
    expect(ran.log.text).toContain('nothing left');
  });

  it('cleans up after one that was killed', async () => {
    const ran = await run(look(), { onStart: whenItHangs((running) => running.kill()) });
    expect(ran.status).toBe('failure');
    expect(ran.log.text).toContain(free);
    expect(ran.log.text).toMatch(cleaned);
    expect(errorsOf(ran)).toEqual([]);
    expect(ran.log.text).toContain('nothing left');
  });

  it('leaves runs of other jobs alone', async () => {
    const other = '{"id":"gh-6-1-other","servers":[{"server":"builder","jobs":[]}]}';
    const ran = await run(look(), {
      files: {
        'drayage.yml': `project: shop\nservers:\n  builder: { host: 127.0.0.1, port: ${sshd.port}, user: ${userInfo().username}, role: build, host-key: "${sshd.fingerprints.ed25519}" }\n`,
        '.drayage/running/gh-6-1-other.json': other,
      },
      onStart: whenItHangs((running) => running.kill()),
    });
    expect(ran.log.text).toContain('Clean up after gh-7-1-');
    expect(ran.log.text).not.toContain('Clean up after gh-6-1-other');
    expect(ran.log.text).toContain(other);
  });

  it('fails no job: a server that it cannot clean up is a warning', async () => {
    const stop = whenItHangs((running) => {
      // From now on the server takes nobody's key.
      rmSync(file('authorized_keys'));
      running.kill();
    });
    const ran = await run(`${look()}\ncontinue-on-error: true`, { onStart: stop });
    writeFileSync(file('authorized_keys'), readFileSync(file('client.pub')));
    expect(ran.status).toBe('success');
    expect(errorsOf(ran)).toEqual([]);
    expect(ran.log.annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^builder was not cleaned up: .* What is left there ends by itself within a minute, or at once by `drayage leftovers --run gh-7-1-[0-9a-f]{6}` in the same folder\.$/,
      ),
    ]);
    expect(ran.log.text).toMatch(/Clean up after gh-7-1-[0-9a-f]{6}\n##\[warning\].*\nFailed after /);
    expect(ran.summary).toMatch(/^## leftovers: failed in /m);
    expect(ran.summary).not.toMatch(/leftovers: done|\| done \|/);
    // Whoever tries again finds it.
    const [, ...records] = ran.log.text.split('▶ what is left');
    expect(records.join()).toMatch(/\{"id":"gh-7-1-[0-9a-f]{6}","servers":\[\{"server":"builder","jobs":\[\]\}\]\}/);
  });
});

describe('post of the root action', () => {
  const doctor = `uses: drayage/drayage@v1
with:
  command: doctor
  ssh-key: \${{ secrets.SSH_KEY }}`;
  const after = '▶ Post dist/action.cjs';
  /** What the last step prints before post, and what post prints. */
  const halves = ({ log }: Awaited<ReturnType<typeof run>>) => log.text.split(after) as [string, string];

  it('says nothing after a run that ended by itself', async () => {
    const ran = await run(doctor.replace('doctor', 'status'));
    expect(halves(ran)[1]).toBe('');
    expect(ran.codes.at(-1)).toBe(0);
  });

  it('cleans up after one that was killed', async () => {
    const ran = await run(doctor, { onStart: whenItHangs((running) => running.kill()) });
    expect(ran.status).toBe('failure');
    const [main, post] = halves(ran);
    expect(main).toMatch(/\{"id":"gh-7-1-[0-9a-f]{6}","servers":\[\{"server":"builder","jobs":\[\]\}\]\}/);
    expect(post).toMatch(cleaned);
    expect(ran.codes.at(-1)).toBe(0);
    expect(errorsOf(ran)).toEqual([]);
  });

  it('fails no job and says that it failed, where a server does not take it', async () => {
    const stop = whenItHangs((running) => {
      rmSync(file('authorized_keys'));
      running.kill();
    });
    const ran = await run(doctor, { onStart: stop });
    writeFileSync(file('authorized_keys'), readFileSync(file('client.pub')));
    const [, post] = halves(ran);
    expect(post).toMatch(/Clean up after gh-7-1-[0-9a-f]{6}\n##\[warning\].*\nFailed after /);
    expect(ran.summary).toMatch(/^## leftovers: failed in /m);
    expect(ran.codes.at(-1)).toBe(0);
    expect(errorsOf(ran)).toEqual([]);
  });

  it('cleans up after one that was cancelled and could not clean up by itself in time', async () => {
    const ran = await run(doctor, { onStart: whenItHangs((running) => running.cancel()) });
    expect(ran.status).toBe('cancelled');
    const [main, post] = halves(ran);
    expect(main).toContain('The run was cancelled, and cleaning up on the servers took too long.');
    expect(post).toMatch(cleaned);
    expect(ran.codes.at(-1)).toBe(0);
  });
});
