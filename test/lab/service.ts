import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inGroups, makeGroups } from './cgroup.ts';
import { LabError } from './command.ts';
import { diskFolder } from './machine.ts';

export interface ServicePlan {
  lab: string;
  /** Also names its log, in the lab's folder. */
  name: string;
  argv: readonly string[];
  env?: Record<string, string>;
  /** True once the service answers; asked again and again until then. */
  ready: () => Promise<boolean>;
}

/** Starts a program of the lab on this machine, and gives what ends it. It dies with this process, and with the lab at the latest. */
export async function startService(plan: ServicePlan): Promise<() => Promise<void>> {
  const logFile = join(diskFolder, plan.lab, `${plan.name}.log`);
  const log = openSync(logFile, 'a');
  const argv = inGroups(makeGroups(plan.lab, 'services'), ['setpriv', '--pdeathsig', 'KILL', ...plan.argv]);
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    stdio: ['ignore', log, log],
    // Out of the terminal's process group, so that Ctrl-C reaches the owner alone, who then ends the lab in order.
    detached: true,
    env: { PATH: process.env.PATH ?? '', ...plan.env },
  });
  closeSync(log);
  child.unref();
  const deadline = Date.now() + 15_000;
  for (;;) {
    if (await plan.ready().catch(() => false)) return () => ended(child);
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-10).join('\n');
      throw new LabError(`The lab's ${plan.name} did not start. Its last lines:\n${tail}`);
    }
    await sleep(25);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
