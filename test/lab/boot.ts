import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clearGroups, inGroups, moveKeeper } from './cgroup.ts';
import { LabError } from './command.ts';
import type { HostPlan } from './host.ts';
import { plug } from './network.ts';

const bootScript = fileURLToPath(new URL('boot.sh', import.meta.url));

export interface Running {
  process: ChildProcess;
  /** Process 1 of the host, numbered as this machine sees it. */
  init: number;
}

/** Starts a host's namespaces and init, with its network link up. */
export async function boot(plan: HostPlan, address: string, groups: string[]): Promise<Running> {
  await clearGroups(groups);
  const namespaces = '--mount --uts --ipc --net --pid --cgroup --fork --kill-child'.split(' ');
  // Should this process be killed, the kernel kills unshare, then the host's init, then everything in the host.
  const argv = inGroups(groups, [
    ...['setpriv', '--pdeathsig', 'KILL', 'unshare', ...namespaces],
    ...['sh', bootScript, plan.lower.join(':'), plan.disk, plan.name, address, plan.net.gateway],
  ]);
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const said = (): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', reject);
      child.once('exit', () => reject(new LabError(`The host ${plan.name} did not start: ${errors.trim()}`)));
    });
  await said();
  const pid = child.pid ?? 0;
  moveKeeper(plan.lab, pid);
  await plug(plan.net, plan.index, pid);
  // A packet sent before the link is up would be lost, and its repetition takes a second.
  const linked = said();
  child.stdin.end('go\n');
  await linked;
  // A host must not keep a process alive that has nothing left to do; the lab ends it on exit.
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  const init = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
  return { process: child, init };
}
