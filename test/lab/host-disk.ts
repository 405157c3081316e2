import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.ts';
import type { HostPlan } from './host.ts';

/** Makes the folders of a host's disk, its identity and its keys. Returns its public host key: fingerprint and line. */
export async function makeDisk(plan: HostPlan, address: string): Promise<{ fingerprint: string; line: string }> {
  for (const part of ['upper', 'work', 'root', 'docker', 'containerd'])
    mkdirSync(join(plan.disk, part), { recursive: true });
  const put = (path: string, content: string, mode = 0o644): void => {
    const file = join(plan.disk, 'upper', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
  };
  put('etc/hostname', `${plan.name}\n`);
  put('etc/hosts', `127.0.0.1 localhost\n${address} ${plan.name}\n::1 localhost ip6-localhost ip6-loopback\n`);
  put('etc/resolv.conf', plan.nameservers.map((server) => `nameserver ${server}\n`).join(''));
  put('etc/docker/daemon.json', `${JSON.stringify(plan.daemon, null, 2)}\n`);
  mkdirSync(join(plan.disk, 'upper/root/.ssh'), { recursive: true, mode: 0o700 });
  put('root/.ssh/authorized_keys', readFileSync(`${plan.privateKeyPath}.pub`, 'utf8'), 0o600);
  mkdirSync(join(plan.disk, 'upper/etc/ssh'), { recursive: true });
  const key = join(plan.disk, 'upper/etc/ssh/ssh_host_ed25519_key');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `root@${plan.name}`, '-f', key]);
  const { stdout } = await run(['ssh-keygen', '-l', '-E', 'sha256', '-f', `${key}.pub`]);
  const line = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  return { fingerprint: stdout.split(' ')[1] ?? '', line };
}
