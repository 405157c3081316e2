import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boot, type Running } from './boot.ts';
import { inGroups, innerGroups, makeGroups } from './cgroup.ts';
import { LabError, type RunOptions, type RunResult, run } from './command.ts';
import { makeDisk } from './host-disk.ts';
import { type Network, setLink } from './network.ts';
import { waitForDocker, waitForSsh } from './ready.ts';

/** A server: its own root, processes, network and control groups, reached by SSH as root. */
export interface Host {
  name: string;
  address: string;
  port: number;
  user: string;
  /** Fingerprint of its ed25519 host key, `SHA256:…`. */
  hostKey: string;
  /** The same key as a known_hosts line for its address. */
  knownHosts: string;
  privateKeyPath: string;
  privateKey: string;
  docker: boolean;
  /** Path of its Docker socket as seen from this machine; valid while the host runs. */
  readonly dockerSocket: string;
  /** Its root folder as seen from this machine, to look at files without a shell; valid while the host runs. */
  readonly rootFolder: string;
  /** Runs a shell script (or an argv) inside as root, without SSH. Throws on a non-zero exit unless `check` is false. */
  exec(command: string | readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Freezes every process, as a machine that hangs: its kernel still accepts connections, nobody answers. */
  pause(): void;
  resume(): void;
  /** Takes the network cable out, or puts it in. */
  cable(state: 'up' | 'down'): Promise<void>;
  /** Pulls the plug: every process dies at once. */
  kill(): Promise<void>;
  /** Pulls the plug where that has not happened, starts the host again from the same disk and waits for sshd (and dockerd). */
  restart(): Promise<void>;
}

export interface HostPlan {
  lab: string;
  net: Network;
  index: number;
  name: string;
  docker: boolean;
  lower: string[];
  disk: string;
  privateKeyPath: string;
  nameservers: string[];
  /** Content of /etc/docker/daemon.json, which names the lab's registries. */
  daemon: object;
}

/** Makes the disk of a host, starts it and waits until its sshd (and its dockerd, where it has one) answer. */
export async function startHost(plan: HostPlan, log: (line: string) => void): Promise<Host> {
  const address = `10.77.${plan.net.octet}.${plan.index}`;
  const hostPublicKey = await makeDisk(plan, address);
  const groups = makeGroups(plan.lab, plan.name);
  let running: Running | undefined;
  let wanted = true;

  const start = async (): Promise<void> => {
    wanted = true;
    running = await boot(plan, address, groups);
    running.process.once('exit', (_code, signal) => {
      // The kernel ends a namespace's init with SIGHUP when `reboot` was called inside.
      if (signal === 'SIGHUP' && wanted) start().catch((cause) => log(`host ${plan.name} did not come back: ${cause}`));
    });
    await waitForSsh(address, plan.name);
  };
  const kill = async (): Promise<void> => {
    wanted = false;
    if (running && running.process.exitCode === null && running.process.signalCode === null) {
      resume();
      running.process.ref();
      const ended = once(running.process, 'exit');
      process.kill(running.init, 'SIGKILL');
      await ended;
    }
    running = undefined;
  };
  const freeze = (state: 'FROZEN' | 'THAWED'): void => {
    const v1 = groups.find((group) => group.includes('/freezer/'));
    if (v1) writeFileSync(join(v1, 'freezer.state'), state);
    else writeFileSync(join(groups[0] ?? '', 'cgroup.freeze'), state === 'FROZEN' ? '1' : '0');
  };
  const resume = (): void => freeze('THAWED');
  const init = (): number => {
    if (!running) throw new LabError(`The host ${plan.name} is switched off.`);
    return running.init;
  };
  // A bare host may have got its Docker since it started.
  const hasDocker = (): boolean => existsSync(`/proc/${init()}/root/usr/sbin/dockerd`);
  const host: Host = {
    name: plan.name,
    address,
    port: 22,
    user: 'root',
    hostKey: hostPublicKey.fingerprint,
    knownHosts: `${address} ${hostPublicKey.line}`,
    privateKeyPath: plan.privateKeyPath,
    privateKey: readFileSync(plan.privateKeyPath, 'utf8'),
    docker: plan.docker,
    get rootFolder() {
      return `/proc/${init()}/root`;
    },
    get dockerSocket() {
      return `/proc/${init()}/root/run/docker.sock`;
    },
    exec: (command, options) => {
      const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
      const enter = ['nsenter', '--target', String(init()), '--all', '--root', '--wd'];
      const label = `${argv.join(' ')}" on the host "${plan.name}`;
      return run(inGroups(innerGroups(groups), [...enter, 'env', '-i', ...loginEnvironment, ...argv]), {
        label,
        ...options,
      });
    },
    pause: () => freeze('FROZEN'),
    resume,
    cable: (state) => setLink(plan.net, plan.index, state),
    kill,
    restart: async () => {
      const docker = running ? hasDocker() : plan.docker;
      await kill();
      await start();
      if (docker) await waitForDocker(host);
    },
  };
  await start();
  if (plan.docker) await waitForDocker(host);
  return host;
}

const loginEnvironment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'USER=root',
];
