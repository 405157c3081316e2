import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Target } from '../../packages/core/src/transport/target.ts';
import { startRelay } from '../lab/relay.ts';
import { freePort, type Sshd, startSshd } from '../support/sshd.ts';

interface Said {
  notes: string[];
  warnings: string[];
}

function reporting(): { said: Said; report: { note(line: string): void; warn(line: string): void } } {
  const said: Said = { notes: [], warnings: [] };
  return { said, report: { note: (line) => said.notes.push(line), warn: (line) => said.warnings.push(line) } };
}

/** Connects, runs one script, and returns what was said. */
async function tryOut(target: Target): Promise<Said> {
  const { said, report } = reporting();
  await using server = await connect(target, { report });
  expect((await server.script('echo fine')).stdout).toBe('fine\n');
  return said;
}

describe('connecting', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  describe('checks the host key', () => {
    it.each(['ed25519', 'ecdsa', 'rsa'] as const)('against a pinned fingerprint of the %s key', async (type) => {
      expect(await tryOut({ ...sshd.target, hostKey: sshd.fingerprints[type] })).toEqual({ notes: [], warnings: [] });
    });

    it.each(['ed25519', 'ecdsa', 'rsa'] as const)('against a known_hosts line with the %s key', async (type) => {
      await tryOut({ ...sshd.target, hostKey: undefined, knownHosts: sshd.publicKeys[type] });
    });

    it('and does not even name the account to a host with another key', async () => {
      await using fresh = await startSshd();
      const pinned = { ...fresh.target, hostKey: sshd.fingerprints.ed25519 };
      await expect(tryOut(pinned)).rejects.toMatchObject({
        code: 'SSH_HOST_KEY_MISMATCH',
        message: `web1 (root@127.0.0.1:${fresh.port}) showed the host key ${fresh.fingerprints.ed25519} (ssh-ed25519), expected ${sshd.fingerprints.ed25519}. No command was run.`,
      });
      await sleep(200);
      expect(fresh.log()).toContain('Connection closed by 127.0.0.1');
      expect(fresh.log()).not.toContain('user root');
      expect(fresh.log()).not.toContain('Accepted');
    });

    it('and refuses one that nothing tells, with the line to add', async () => {
      await expect(tryOut({ ...sshd.target, hostKey: undefined })).rejects.toMatchObject({
        code: 'SSH_HOST_KEY_UNKNOWN',
        hint: expect.stringContaining(`host-key: ${sshd.fingerprints.ed25519}`),
      });
    });

    it('unless new keys are accepted, which is reported with the line to add', async () => {
      const said = await tryOut({ ...sshd.target, hostKey: undefined, hostKeyPolicy: 'accept-new' });
      expect(said.warnings).toEqual([
        `web1: its host key was not known and was taken as it came. Compare it, then add below servers.web1:\n    host-key: ${sshd.fingerprints.ed25519}`,
      ]);
    });
  });

  describe('logs in', () => {
    it('by an agent', async () => {
      const socket = join(sshd.folder, 'agent.sock');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        for (let tries = 0; tries < 50; tries++) {
          const add = spawn('ssh-add', ['-q', join(sshd.folder, 'client')], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'ignore',
          });
          const [status] = await once(add, 'exit');
          if (status === 0) break;
          await sleep(50);
        }
        await tryOut({ ...sshd.target, auth: { agent: socket } });
      } finally {
        agent.kill();
      }
    });

    it('says that an agent does not answer', async () => {
      await expect(tryOut({ ...sshd.target, auth: { agent: join(sshd.folder, 'no.sock') } })).rejects.toMatchObject({
        code: 'SSH_AGENT_UNREACHABLE',
      });
    });

    it('not with a key the account does not know, and says what the server would take', async () => {
      await using other = await startSshd();
      await expect(tryOut({ ...sshd.target, auth: other.target.auth })).rejects.toMatchObject({
        code: 'SSH_AUTH_FAILED',
        message: `root@127.0.0.1:${sshd.port} refused the login with key (ssh-ed25519). The server takes: publickey, password, keyboard-interactive.`,
      });
    });

    it('not with a wrong password', async () => {
      await expect(tryOut({ ...sshd.target, auth: { password: 'wrong' } })).rejects.toMatchObject({
        code: 'SSH_AUTH_FAILED',
        message: expect.stringContaining('refused the login with password, then password prompt.'),
      });
    });

    it('not without anything to show', async () => {
      await expect(tryOut({ ...sshd.target, auth: {} })).rejects.toMatchObject({ code: 'SSH_AUTH_FAILED' });
    });
  });

  describe('meets servers that', () => {
    it('are not there: tries again, and says what is wrong', async () => {
      const port = await freePort();
      const { said, report } = reporting();
      await expect(connect({ ...sshd.target, port }, { report })).rejects.toMatchObject({
        code: 'SSH_UNREACHABLE',
        message: `web1 (root@127.0.0.1:${port}) cannot be reached: nothing listens on that port.`,
      });
      expect(said.notes.length).toBe(4);
    });

    it('come up while it tries', async () => {
      const port = await freePort();
      const { report } = reporting();
      const connecting = connect({ ...sshd.target, port }, { report });
      await sleep(300);
      await using relay = await startRelayAt(port, sshd.port);
      await using server = await connecting;
      expect((await server.script('echo fine')).stdout).toBe('fine\n');
      expect(relay.port).toBe(port);
    });

    it('have no address: says so at once', async () => {
      const begun = Date.now();
      await expect(tryOut({ ...sshd.target, host: 'no-such-host.invalid' })).rejects.toMatchObject({
        code: 'SSH_UNREACHABLE',
      });
      expect(Date.now() - begun).toBeLessThan(5000);
    });

    it('speak another protocol', async () => {
      const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
      await once(web, 'listening');
      const address = web.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      await expect(tryOut({ ...sshd.target, port })).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
      web.close();
    });

    it('allow only what Drayage lacks', async () => {
      await using strict = await startSshd(['KexAlgorithms sntrup761x25519-sha512@openssh.com']);
      await expect(tryOut(strict.target)).rejects.toMatchObject({
        code: 'SSH_NO_COMMON_ALGORITHM',
        message: `root@127.0.0.1:${strict.port} and Drayage have no algorithm in common: no matching key exchange algorithm.`,
      });
    });

    it('run a fixed command instead of a shell', async () => {
      await using fixed = await startSshd(['ForceCommand echo "This account is closed."']);
      await expect(tryOut(fixed.target)).rejects.toMatchObject({
        code: 'SSH_NO_SHELL',
        message: `root@127.0.0.1:${fixed.port} logs in but runs no POSIX shell; it says: This account is closed.`,
      });
    });

    it.each([1, 2, 10])('allow only %i sessions at once', async (sessions) => {
      await using narrow = await startSshd([`MaxSessions ${sessions}`]);
      await using server = await connect(narrow.target, reporting());
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          index % 3 === 0 ? server.run(['cat'], { stdin: `${index}` }) : server.script(`sleep 0.05; printf ${index}`),
        ),
      );
      expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 12 }, (_, index) => `${index}`));
    });
  });

  describe('goes through a jump host', () => {
    it('with one connection each, and checks both keys', async () => {
      await using bastion = await startSshd();
      await tryOut({ ...sshd.target, jump: { ...bastion.target, name: 'bastion' } });
      expect(bastion.log().match(/Accepted publickey/g)?.length).toBe(1);
      await expect(
        tryOut({ ...sshd.target, jump: { ...bastion.target, name: 'bastion', hostKey: sshd.fingerprints.ed25519 } }),
      ).rejects.toMatchObject({
        code: 'SSH_HOST_KEY_MISMATCH',
        message: expect.stringContaining('bastion'),
      });
    });

    it('which servers behind the same one share, and which is left when the last is closed', async () => {
      await using bastion = await startSshd();
      await using third = await startSshd();
      const jump = { ...bastion.target, name: 'bastion' };
      const servers = await Promise.all(
        [sshd, third].map(({ target }) => connect({ ...target, jump: { ...jump } }, reporting())),
      );
      expect(bastion.log().match(/Accepted publickey/g)?.length).toBe(1);
      const [first, second] = servers;
      await first?.[Symbol.asyncDispose]();
      expect((await second?.script('echo still here'))?.stdout).toBe('still here\n');
      await bastion.cut();
      await expect(second?.script('sleep 5')).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
      expect((await second?.script('echo back'))?.stdout).toBe('back\n');
      await second?.[Symbol.asyncDispose]();
      for (let tries = 0; tries < 50 && bastion.log().match(/Disconnected from user/g)?.length !== 1; tries++)
        await sleep(50);
      expect(bastion.log().match(/Disconnected from user/g)?.length).toBe(1);
    });

    it('and says when it does not lead on', async () => {
      await using bastion = await startSshd(['AllowTcpForwarding no']);
      await expect(tryOut({ ...sshd.target, jump: bastion.target })).rejects.toMatchObject({
        code: 'SSH_UNREACHABLE',
        message: expect.stringContaining(`opens no connection to 127.0.0.1:${sshd.port}`),
      });
    });
  });

  describe('is thrifty', () => {
    it('connects in six turns and runs a script in one', async () => {
      await using relay = await startRelay({ host: '127.0.0.1', port: sshd.port, delay: 10 });
      await using server = await connect({ ...sshd.target, port: relay.port }, reporting());
      expect(relay.counts()).toMatchObject({ connections: 1, turns: 6 });
      relay.reset();
      await server.script('echo one');
      expect(relay.counts().turns).toBe(1);
      await server.run(['echo', 'two'], { env: { A: 'b' } });
      expect(relay.counts().turns).toBe(2);
      await server.upload(join(sshd.folder, 'small'), 'text');
      expect(relay.counts().turns).toBe(3);
      await server.read(join(sshd.folder, 'small'));
      expect(relay.counts().turns).toBe(4);
    });
  });

  describe('a connection that breaks', () => {
    it('fails what runs, and is opened anew for the next call', async () => {
      await using server = await connect(sshd.target, reporting());
      const running = server.script('sleep 60', { purpose: 'Sleeping' });
      await sleep(300);
      await sshd.cut();
      await expect(running).rejects.toMatchObject({
        code: 'SSH_CONNECTION_LOST',
        message: expect.stringMatching(/^The connection to web1 \(root@127\.0\.0\.1:\d+\) broke during: Sleeping/),
      });
      const results = await Promise.all([server.script('echo again'), server.run(['echo', 'again'])]);
      expect(results.map(({ stdout }) => stdout)).toEqual(['again\n', 'again\n']);
    });

    it('is not opened to a host with another key than the one that was accepted as new', async () => {
      await using first = await startSshd();
      await using other = await startSshd();
      const port = await freePort();
      const target: Target = {
        ...first.target,
        auth: first.target.auth,
        port,
        hostKey: undefined,
        hostKeyPolicy: 'accept-new',
      };
      const honest = await startRelayAt(port, first.port);
      await using server = await connect(target, reporting());
      await honest[Symbol.asyncDispose]();
      await first.cut();
      await using _impostor = await startRelayAt(port, other.port);
      await sleep(300);
      await expect(server.script('true')).rejects.toMatchObject({ code: 'SSH_HOST_KEY_MISMATCH' });
    });

    it('that only falls silent is noticed', async () => {
      await using relay = await startRelay({ host: '127.0.0.1', port: sshd.port });
      await using server = await connect({ ...sshd.target, port: relay.port }, reporting());
      const running = server.script('sleep 100');
      running.catch(() => undefined);
      relay.stall();
      const begun = Date.now();
      await expect(running).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
      expect(Date.now() - begun).toBeLessThan(45_000);
      relay.resume();
    });

    it('is not broken by cancelling the run, so that the server can be told', async () => {
      const stop = new AbortController();
      await using server = await connect(sshd.target, { ...reporting(), signal: stop.signal });
      stop.abort();
      await sleep(100);
      expect((await server.script('echo told')).stdout).toBe('told\n');
    });

    it('is not opened again after a cancelled run', async () => {
      const stop = new AbortController();
      const connecting = connect({ ...sshd.target, port: await freePort() }, { ...reporting(), signal: stop.signal });
      setTimeout(() => stop.abort(), 100);
      await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });
});

/** A relay on a given port. */
async function startRelayAt(port: number, to: number): Promise<{ port: number } & AsyncDisposable> {
  const { connect: dial } = await import('node:net');
  const server = createServer((client) => {
    const upstream = dial(to, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
