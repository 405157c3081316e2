import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cgroupMounts } from './cgroup.ts';
import { LabError, run, runSync } from './command.ts';
import { withLock } from './lock.ts';
import { diskFolder, stateFolder } from './machine.ts';
import { findUplink, type Network, network, raiseNetwork } from './network.ts';

const teardownScript = fileURLToPath(new URL('teardown.sh', import.meta.url));
const lockFile = join(stateFolder, 'lock');

/** What is known of a running lab outside its owner: enough to reach it, and enough to remove it. */
export interface LabRecord {
  name: string;
  octet: number;
  owner: { pid: number; start: string };
  privateKeyPath: string;
  hosts: { name: string; address: string; docker: boolean; hostKey: string }[];
  registries: { host: string; username: string; password: string; caPath?: string }[];
  /** True once everything that was asked for runs. */
  ready?: boolean;
  acme?: { directory: string; caPath: string; rootPath: string };
}

/** Removes labs whose owner is dead, takes a free subnet, records this process as owner and raises the network. */
export async function claimLab(
  name: string,
  log: (line: string) => void,
): Promise<{ record: LabRecord; net: Network }> {
  return withLock(lockFile, async () => {
    for (const left of readRecords()) {
      if (ownerLives(left)) continue;
      log(`removing what the lab "${left.name}" of the dead process ${left.owner.pid} left behind`);
      await teardown(left, true);
    }
    const others = readRecords();
    const rival = others.find((other) => other.name === name);
    if (rival) {
      throw new LabError(
        `A lab named "${name}" is running already (process ${rival.owner.pid}); take another name or stop it first.`,
      );
    }
    const taken = new Set(others.map((other) => other.octet));
    const octet = Array.from({ length: 250 }, (_, index) => index + 1).find((candidate) => !taken.has(candidate));
    if (octet === undefined) throw new LabError('All 250 subnets 10.77.x.0/24 are taken by running labs.');
    const owner = { pid: process.pid, start: processStart(process.pid) };
    const record: LabRecord = {
      name,
      octet,
      owner,
      privateKeyPath: join(diskFolder, name, 'id_ed25519'),
      hosts: [],
      registries: [],
    };
    mkdirSync(join(diskFolder, name), { recursive: true, mode: 0o700 });
    saveRecord(record);
    const net = network(octet, await findUplink());
    await raiseNetwork(net);
    return { record, net };
  });
}

/** Running labs, and those that died without cleaning up. */
export function readRecords(): LabRecord[] {
  if (!existsSync(stateFolder)) return [];
  const files = readdirSync(stateFolder).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(join(stateFolder, file), 'utf8')) as LabRecord);
}

export function saveRecord(record: LabRecord): void {
  mkdirSync(stateFolder, { recursive: true });
  const file = join(stateFolder, `${record.name}.json`);
  // Other labs read it at any moment: never half of it.
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** True while the process that started the lab still runs; process ids are reused, start times are not. */
export function ownerLives(record: LabRecord): boolean {
  return processStart(record.owner.pid) === record.owner.start;
}

/** Ends a lab's processes and removes its links, rules, groups, files and record. */
export async function teardown(record: LabRecord, locked = false): Promise<void> {
  await run(teardownCommand(record, locked));
}

/** The same, blocking, for a process that is about to end. */
export function teardownSync(record: LabRecord): void {
  runSync(teardownCommand(record, false));
}

function teardownCommand(record: LabRecord, locked: boolean): string[] {
  const where = [record.name, String(record.octet), stateFolder, diskFolder];
  return ['sh', teardownScript, ...where, locked ? 'locked' : 'free', ...cgroupMounts()];
}

/** Start time of a process in clock ticks since boot, with the boot's id; empty when there is no such process. */
function processStart(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}
