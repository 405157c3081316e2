import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerSpec } from '../../../packages/core/src/config/model.ts';
import { targetOf } from '../../../packages/core/src/host/connections.ts';
import { sshAccess } from '../../../packages/core/src/host/ssh-credentials.ts';
import { footprints, unfinishedRuns } from '../../../packages/core/src/host/unfinished.ts';

const spec = (name: string, rest: Partial<ServerSpec> = {}): ServerSpec => ({
  name,
  host: `${name}.example.com`,
  port: 22,
  user: 'root',
  role: 'both',
  platforms: [],
  dockerSource: 'official',
  slots: 1,
  minFreeDisk: 0,
  minFreeMemory: 0,
  ...rest,
});

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'drayage-host-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('targetOf', () => {
  const access = { auth: { privateKey: 'key' }, knownHosts: 'lines', hostKeyPolicy: 'strict' } as const;
  const servers = {
    web: spec('web', { hostKey: 'SHA256:x', jump: 'bastion' }),
    bastion: spec('bastion', { port: 2222 }),
  };

  it('joins address, login and jump host', () => {
    expect(targetOf('web', servers, access)).toEqual({
      name: 'web',
      host: 'web.example.com',
      port: 22,
      user: 'root',
      hostKey: 'SHA256:x',
      ...access,
      jump: { name: 'bastion', host: 'bastion.example.com', port: 2222, user: 'root', ...access, spareShells: 2 },
      spareShells: 2,
    });
  });

  it('opens a shell more where images are built', () => {
    const all = { node: spec('node', { role: 'deploy' }), builder: spec('builder', { role: 'build' }) };
    expect(targetOf('node', all, access).spareShells).toBe(1);
    expect(targetOf('builder', all, access).spareShells).toBe(2);
  });

  it('names the nearest server for one that does not exist', () => {
    expect(() => targetOf('wep', servers, access)).toThrow(
      expect.objectContaining({ message: 'There is no server "wep".', hint: 'Did you mean "web"?' }),
    );
  });
});

describe('sshAccess', () => {
  const ci = { GITHUB_ACTIONS: 'true' };
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';

  it('takes the text of a key, or the path of its file', async () => {
    writeFileSync(join(cwd, 'key'), key);
    expect((await sshAccess({ 'ssh-key': key }, ci, cwd)).auth.privateKey).toBe(key);
    expect((await sshAccess({ 'ssh-key': './key' }, ci, cwd)).auth.privateKey).toBe(key);
    expect((await sshAccess({ 'ssh-key': `${join(cwd, 'key')}\n` }, ci, cwd)).auth.privateKey).toBe(key);
  });

  it('says which file is not there', async () => {
    await expect(sshAccess({ 'ssh-key': 'keys/deploy' }, ci, cwd)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: 'The input "ssh-key" names the file keys/deploy, but there is no such file.',
    });
  });

  it('does not repeat a damaged key as if it were a path', async () => {
    for (const damaged of [key.replaceAll('\n', ' '), 'b3BlbnNzaC1rZXktdjE'.repeat(20), 'two words\nand lines']) {
      expect((await sshAccess({ 'ssh-key': damaged }, ci, cwd)).auth.privateKey).toBe(damaged);
    }
  });

  it('falls back to the agent when nothing is given, and only then', async () => {
    const env = { ...ci, SSH_AUTH_SOCK: '/run/agent' };
    expect((await sshAccess({}, env, cwd)).auth).toEqual({ agent: '/run/agent' });
    expect((await sshAccess({ 'ssh-key': key }, env, cwd)).auth.agent).toBeUndefined();
    expect((await sshAccess({}, ci, cwd)).auth).toEqual({});
  });

  it('takes known hosts as lines or as a file, and is strict unless told otherwise', async () => {
    writeFileSync(join(cwd, 'known_hosts'), 'a ssh-ed25519 AAAA\n');
    expect((await sshAccess({ 'known-hosts': ['known_hosts'] }, ci, cwd)).knownHosts).toBe('a ssh-ed25519 AAAA\n');
    const lines = await sshAccess({ 'known-hosts': ['a ssh-ed25519 AAAA', 'b ssh-ed25519 AAAB'] }, ci, cwd);
    expect(lines.knownHosts).toBe('a ssh-ed25519 AAAA\nb ssh-ed25519 AAAB');
    const one = await sshAccess({ 'known-hosts': ['a ssh-ed25519 AAAA'] }, ci, cwd);
    expect(one).toMatchObject({ knownHosts: 'a ssh-ed25519 AAAA', hostKeyPolicy: 'strict' });
    expect((await sshAccess({}, ci, cwd)).knownHosts).toBeUndefined();
  });
});

describe('footprints', () => {
  it('tell what a killed run left, and nothing of one that ended', () => {
    const killed = footprints(cwd, 'gh-1');
    killed.connected('builder');
    killed.started('builder', 'build-1');
    killed.started('builder', 'build-2');
    killed.ended('builder', 'build-1');
    killed.connected('node-1');
    const ended = footprints(cwd, 'gh-2');
    ended.connected('builder');
    ended.finished();
    const runs = unfinishedRuns(cwd);
    expect(runs.map(({ id, servers }) => ({ id, servers }))).toEqual([
      {
        id: 'gh-1',
        servers: [
          { server: 'builder', jobs: ['build-2'] },
          { server: 'node-1', jobs: [] },
        ],
      },
    ]);
    expect(unfinishedRuns(cwd, 'gh-2')).toEqual([]);
    runs[0]?.forget();
    expect(unfinishedRuns(cwd)).toEqual([]);
  });

  it('ignore a file that names something else than a job', () => {
    footprints(cwd, 'gh-1').started('builder', 'x');
    writeFileSync(join(cwd, '.drayage/running/gh-1.json'), '{"id":"gh-1","servers":[{"server":"b","jobs":["$(rm)"]}]}');
    expect(unfinishedRuns(cwd)).toEqual([]);
  });
});
