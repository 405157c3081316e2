import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as dial } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Target } from '../../packages/core/src/transport/target.ts';

const execute = promisify(execFile);

/** A real OpenSSH server on loopback with throw-away keys, for the account that runs the test. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly target: Target;
  /** `SHA256:…` of each host key. */
  readonly fingerprints: { readonly ed25519: string; readonly rsa: string; readonly ecdsa: string };
  /** Lines as ssh-keyscan prints them, by type. */
  readonly publicKeys: { readonly ed25519: string; readonly rsa: string; readonly ecdsa: string };
  readonly folder: string;
  /** What the server logged so far. */
  log(): string;
  /** Ends every connection that stands, by killing the processes that serve them; new ones are accepted. */
  cut(): Promise<void>;
}

export async function startSshd(settings: readonly string[] = []): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'drayage-sshd-'));
  const keygen = (type: string, name: string) =>
    execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', join(folder, name)]);
  await Promise.all([
    keygen('ed25519', 'ed25519'),
    keygen('rsa', 'rsa'),
    keygen('ecdsa', 'ecdsa'),
    keygen('ed25519', 'client'),
  ]);
  await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'client.pub')));
  // What is said first counts.
  const config = [
    ...settings,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...['ed25519', 'rsa', 'ecdsa'].map((type) => `HostKey ${join(folder, type)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'UseDNS no',
    'StrictModes no',
    'PermitRootLogin yes',
    'LogLevel VERBOSE',
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A test that fails in its setup never disposes of it.
  const end = () => void child.kill();
  process.once('exit', end);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await answering(port, child, () => log);
  const fingerprint = async (name: string) =>
    (await execute('ssh-keygen', ['-lf', join(folder, `${name}.pub`)])).stdout.split(' ')[1] ?? '';
  const publicKey = async (name: string) =>
    `[127.0.0.1]:${port} ${(await readFile(join(folder, `${name}.pub`), 'utf8')).trim()}`;
  const fingerprints = {
    ed25519: await fingerprint('ed25519'),
    rsa: await fingerprint('rsa'),
    ecdsa: await fingerprint('ecdsa'),
  };
  return {
    port,
    folder,
    fingerprints,
    publicKeys: { ed25519: await publicKey('ed25519'), rsa: await publicKey('rsa'), ecdsa: await publicKey('ecdsa') },
    target: {
      name: 'web1',
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      auth: { privateKey: await readFile(join(folder, 'client'), 'utf8') },
      hostKey: fingerprints.ed25519,
      hostKeyPolicy: 'strict',
    },
    log: () => log,
    cut: async () => {
      const { stdout } = await execute('ps', ['-o', 'pid=', '--ppid', String(child.pid)]).catch(() => ({ stdout: '' }));
      for (const pid of stdout.split(/\s+/).filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', end);
      if (child.exitCode === null) {
        child.kill();
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answering(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = dial(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`sshd does not answer: ${log()}`);
}
