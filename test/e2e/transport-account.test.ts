import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineOn } from '../../packages/core/src/docker/client.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Target } from '../../packages/core/src/transport/target.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const report = { note: () => undefined, warn: () => undefined };

/** Accounts of every kind, each with the lab's key; `csh` and the like have that login shell. */
const accounts = `
apt-get update -qq
apt-get install -qq --no-install-recommends sudo busybox zsh tcsh fish >/dev/null 2>&1
account() {
  useradd --create-home --password '*' --shell "$2" "$1"
  install -d -m 700 -o "$1" -g "$1" "/home/$1/.ssh"
  install -m 600 -o "$1" -g "$1" /root/.ssh/authorized_keys "/home/$1/.ssh/authorized_keys"
}
account deploy /bin/bash; echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy
account asked /bin/bash; echo 'asked ALL=(ALL) ALL' >/etc/sudoers.d/asked
echo 'asked:s3cret  pass' | chpasswd
account dock /bin/sh; usermod -aG docker dock
account plain /bin/sh
account zsh /usr/bin/zsh
account tcsh /usr/bin/tcsh
account fish /usr/bin/fish
account noisy /bin/bash; printf 'echo welcome; echo warning >&2\\n' >/home/noisy/.bashrc
account gone /usr/sbin/nologin
account other /bin/sh; mkdir -m 777 /dev/shm/drayage-$(id -u other)
mkdir /opt/bb && busybox --install -s /opt/bb && ln -sf "$(command -v docker)" /opt/bb/docker
/usr/sbin/sshd -p 2222 -o UsePAM=no -o UseDNS=no -o PidFile=none -o 'SetEnv=PATH=/opt/bb'
`;

describe('an account', () => {
  let lab: Lab;
  let host: Host;
  const as = (user: string, changes: Partial<Target> = {}): Target => ({
    name: 'web1',
    host: host.address,
    port: host.port,
    user,
    auth: { privateKey: host.privateKey },
    hostKey: host.hostKey,
    hostKeyPolicy: 'strict',
    ...changes,
  });

  beforeAll(async () => {
    lab = await startLab({ name: 'accounts' });
    host = await lab.host('web1', { docker: true });
    await host.exec(accounts);
  });
  afterAll(() => lab?.stop());

  it('with passwordless sudo works as root, unless it is asked not to', async () => {
    await using server = await connect(as('deploy'), { report });
    expect(server.account).toMatchObject({
      user: 'deploy',
      home: '/home/deploy',
      privilege: 'sudo',
      stateDir: '/var/lib/drayage',
      runDir: '/run/drayage/0',
    });
    expect((await server.script('id -un; echo ~; echo $HOME')).stdout).toBe('root\n/root\n/root\n');
    expect((await server.run(['id', '-un'], { stdin: '' })).stdout).toBe('root\n');
    expect((await server.run(['id', '-un'], { privileged: false })).stdout).toBe('deploy\n');
    expect((await server.script('echo "$A"', { env: { A: "it's" } })).stdout).toBe("it's\n");
    await server.upload('/var/lib/drayage/try/it', Buffer.alloc(300_000));
    expect((await server.script('stat -c "%U %a" /var/lib/drayage/try/it')).stdout).toBe('root 600\n');
    expect((await server.read('/etc/shadow'))?.toString()).toContain('root:');
    const log: string[] = [];
    await server.job({ id: 'who', script: 'id -un; pwd', onOutput: (chunk) => log.push(chunk) });
    expect(log.join('')).toBe('root\n/run/drayage/0/jobs/who/work\n');
    await expect(server.script('sleep 7310', { timeout: 300 })).rejects.toMatchObject({ code: 'REMOTE_TIMEOUT' });
    expect((await host.exec('pgrep -fx "sleep 7310"', { check: false })).code).toBe(1);
    const engine = engineOn(server);
    expect((await engine.call('Asking for the version', (docker) => docker.version())).Os).toBe('linux');
    engine.close();
  });

  it('may be opened by its password', async () => {
    await using server = await connect(as('asked', { auth: { password: 's3cret  pass' } }), { report });
    expect(server.account).toMatchObject({ user: 'asked', privilege: 'none' });
  });

  it('in the docker group uses its own rights', async () => {
    await using server = await connect(as('dock'), { report });
    expect(server.account).toMatchObject({
      user: 'dock',
      privilege: 'docker-group',
      stateDir: '/home/dock/.local/share/drayage',
    });
    expect((await server.script('id -un; stat -c %a "$DRAYAGE_RUN"')).stdout).toBe('dock\n700\n');
    const engine = engineOn(server);
    expect((await engine.call('Asking for the version', (docker) => docker.version())).Os).toBe('linux');
    engine.close();
    expect((await server.job({ id: 'one', script: 'docker version >/dev/null' })).exitCode).toBe(0);
  });

  it('whose folder was made by setup uses that one', async () => {
    await host.exec('install -d -m 700 -o dock -g dock "/run/drayage/$(id -u dock)"');
    await using server = await connect(as('dock'), { report });
    expect(server.account.runDir).toBe(`/run/drayage/${server.account.uid}`);
  });

  it.each(['plain', 'asked'])('without rights (%s) is told so when it asks the engine', async (user) => {
    await using server = await connect(as(user), { report });
    expect(server.account.privilege).toBe('none');
    const engine = engineOn(server);
    await expect(engine.call('Asking for the version', (docker) => docker.version())).rejects.toMatchObject({
      code: 'DOCKER_DENIED',
      message: expect.stringContaining(`Asking for the version on web1: ${user} may not use Docker there`),
      hint: `Let ${user} in: sudo usermod -aG docker ${user}`,
    });
    engine.close();
  });

  it('with an engine of its own is given its socket', async () => {
    const uid = (await host.exec('id -u plain')).stdout.trim();
    await host.exec(`install -d -m 700 -o plain -g plain /run/user/${uid}
      python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' /run/user/${uid}/docker.sock 2>/dev/null || perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => shift, Listen => 1)' /run/user/${uid}/docker.sock`);
    await using server = await connect(as('plain'), { report });
    expect(server.account.dockerSocket).toBe(`/run/user/${uid}/docker.sock`);
    expect((await server.script('echo "$DOCKER_HOST"')).stdout).toBe(`unix:///run/user/${uid}/docker.sock\n`);
  });

  it('does not take a folder that somebody else has prepared', async () => {
    await using server = await connect(as('other'), { report });
    expect(server.account.runDir).toBe('/home/other/.local/share/drayage/run');
    expect((await server.script('stat -c "%U %a" "$DRAYAGE_RUN"')).stdout).toBe('other 700\n');
  });

  it.each(['zsh', 'tcsh', 'fish', 'noisy'])('may have another login shell: %s', async (user) => {
    await using server = await connect(as(user), { report });
    expect(await server.script('echo "it\'s $0" | wc -c; exit 3', { accept: [3] })).toEqual({
      stdout: '8\n',
      stderr: '',
      exitCode: 3,
    });
    expect((await server.run(['cat'], { stdin: '!$`"\\\n' })).stdout).toBe('!$`"\\\n');
  });

  it('may live with busybox', async () => {
    await using server = await connect(as('root', { port: 2222 }), { report });
    expect((await server.script('readlink /proc/$$/exe; command -v tail')).stdout).toBe(
      '/usr/bin/busybox\n/opt/bb/tail\n',
    );
    expect((await server.run(['cat'], { stdin: '\\ x\n' })).stdout).toBe('\\ x\n');
    await server.upload('/tmp/deep/file', Buffer.alloc(300_000, 1), 0o640);
    expect((await server.script('stat -c "%a %s" /tmp/deep/file')).stdout).toBe('640 300000\n');
    const log: string[] = [];
    const result = await server.job({
      id: 'busy',
      script: 'i=0; while [ $i -lt 30 ]; do echo $i; i=$((i+1)); sleep 0.02; done; exit 5',
      onOutput: (chunk) => log.push(chunk),
    });
    expect(log.join('')).toBe(Array.from({ length: 30 }, (_, index) => `${index}\n`).join(''));
    expect(result.exitCode).toBe(5);
    await expect(server.job({ id: 'slow', script: 'sleep 7311', timeout: 1000 })).rejects.toMatchObject({
      code: 'JOB_TIMEOUT',
    });
    await expect(server.script('sleep 7312', { timeout: 300 })).rejects.toMatchObject({ code: 'REMOTE_TIMEOUT' });
    expect((await host.exec('pgrep -fx "sleep 731[12]"', { check: false })).code).toBe(1);
  });

  it('without a shell is told so', async () => {
    await expect(connect(as('gone'), { report })).rejects.toMatchObject({
      code: 'SSH_NO_SHELL',
      message: `gone@${host.address}:22 logs in but runs no POSIX shell; it says: This account is currently not available.`,
    });
  });
});
