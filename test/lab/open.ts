import { join } from 'node:path';
import { run } from './command.ts';
import { type Host, startHost } from './host.ts';
import { diskFolder, type MachineFacts } from './machine.ts';
import type { Network } from './network.ts';
import type { Roots } from './roots.ts';
import { claimLab, type LabRecord, saveRecord, teardown, teardownSync } from './state.ts';

/** A lab's network with hosts on it, before any registry runs. */
export interface OpenLab {
  record: LabRecord;
  net: Network;
  host(name: string, options?: { docker?: boolean }): Promise<Host>;
  stop(): Promise<void>;
}

/** Ports of the lab's registries at its gateway address. */
export const registryPort = 5000;
export const mirrorPort = 5001;
export const tlsRegistryPort = 5443;

/** Claims a name and a subnet, and sees to it that the lab ends with this process however that ends. */
export async function openLab(
  name: string,
  machine: MachineFacts,
  roots: Roots,
  log: (line: string) => void,
): Promise<OpenLab> {
  const { record, net } = await claimLab(name, log);
  let stopped: Promise<void> | undefined;
  const release = endWithProcess(record);
  const stop = (): Promise<void> => {
    stopped ??= teardown(record).finally(release);
    return stopped;
  };
  try {
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', record.privateKeyPath]);
  } catch (cause) {
    await stop();
    throw cause;
  }
  let next = 10;
  return {
    record,
    net,
    stop,
    host: async (hostName, { docker = false } = {}) => {
      const host = await startHost(
        {
          lab: name,
          net,
          index: next++,
          name: hostName,
          docker,
          lower: docker ? roots.docker : roots.bare,
          disk: join(diskFolder, name, hostName),
          privateKeyPath: record.privateKeyPath,
          nameservers: machine.nameservers,
          daemon: {
            'registry-mirrors': [`http://${net.gateway}:${mirrorPort}`],
            'insecure-registries': [`${net.gateway}:${registryPort}`, `${net.gateway}:${mirrorPort}`],
          },
        },
        log,
      );
      record.hosts.push({ name: hostName, address: host.address, docker, hostKey: host.hostKey });
      saveRecord(record);
      return host;
    },
  };
}

/** Labs this process owns; one listener serves them all, since each would take the other for somebody who decides. */
const owned = new Set<LabRecord>();
const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Takes the lab down when this process exits or is told to. A kill -9 leaves the network and the files, which the next
 * lab removes; processes die even then, by the kernel's parent-death signal.
 */
function endWithProcess(record: LabRecord): () => void {
  if (owned.size === 0) {
    process.on('exit', endAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  owned.add(record);
  return () => release(record);
}

function release(record: LabRecord): void {
  if (!owned.delete(record) || owned.size > 0) return;
  process.removeListener('exit', endAll);
  for (const signal of signals) process.removeListener(signal, onSignal);
}

function endAll(): void {
  for (const record of owned) teardownSync(record);
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody else who listens decides when the process ends; its exit comes back to endAll.
  if (process.listenerCount(signal) > 1) return;
  endAll();
  for (const record of owned) release(record);
  process.kill(process.pid, signal);
}
