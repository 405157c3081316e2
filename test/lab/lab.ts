import { join } from 'node:path';
import { run } from './command.ts';
import { type Host, startHost } from './host.ts';
import { diskFolder, ensureMachine, readMachine } from './machine.ts';
import { prepareRoots } from './roots.ts';
import { claimLab, saveRecord, teardown, teardownSync } from './state.ts';

export interface LabOptions {
  /** Several labs run side by side under different names: letters, digits and hyphens. */
  name: string;
  /** Receives one line per thing that takes time. */
  log?: (line: string) => void;
}

export interface Lab {
  name: string;
  /** This machine's address as the hosts see it. */
  gateway: string;
  /** A private key that every host accepts for root. */
  privateKeyPath: string;
  /** Starts a server. Call it several times at once to start several side by side. */
  host(name: string, options?: { docker?: boolean }): Promise<Host>;
  /** Ends everything and leaves no trace. Safe to call twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an empty lab: a network of its own with a way out to the package registries. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const log = options.log ?? ((line: string) => console.error(`lab: ${line}`));
  await ensureMachine(log);
  const machine = await readMachine();
  const roots = await prepareRoots(machine, log);
  const { record, net } = await claimLab(options.name, log);
  let stopped: Promise<void> | undefined;
  const onExit = (): void => teardownSync(record);
  process.once('exit', onExit);

  const stop = (): Promise<void> => {
    stopped ??= teardown(record).finally(() => process.removeListener('exit', onExit));
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
    name: options.name,
    gateway: net.gateway,
    privateKeyPath: record.privateKeyPath,
    host: async (name, { docker = false } = {}) => {
      const index = next++;
      const host = await startHost(
        {
          lab: options.name,
          net,
          index,
          name,
          docker,
          lower: docker ? roots.docker : roots.bare,
          disk: join(diskFolder, options.name, name),
          privateKeyPath: record.privateKeyPath,
          nameservers: machine.nameservers,
          daemon: {
            'registry-mirrors': [`http://${net.gateway}:5001`],
            'insecure-registries': [`${net.gateway}:5000`, `${net.gateway}:5001`],
          },
        },
        log,
      );
      record.hosts.push({ name, address: host.address, docker, hostKey: host.hostKey });
      saveRecord(record);
      return host;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
