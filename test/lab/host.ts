import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inGroups, makeGroups } from './cgroup.ts';
import { LabError, type RunOptions, type RunResult, run } from './command.ts';
import { type Network, plug, setLink } from './network.ts';

const bootScript = fileURLToPath(new URL('boot.sh', import.meta.url));

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
  const hasDocker = (): boolean => plan.docker || existsInside('/usr/sbin/dockerd');
  const existsInside = (path: string): boolean => {
    try {
      readFileSync(join(`/proc/${init()}/root`, path), { flag: 'r' });
      return true;
    } catch {
      return false;
    }
  };
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
      return run(inGroups(groups, [...enter, 'env', '-i', ...loginEnvironment, ...argv]), { label, ...options });
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

interface Running {
  process: ChildProcess;
  /** Process 1 of the host, numbered as this machine sees it. */
  init: number;
}

async function makeDisk(plan: HostPlan, address: string): Promise<{ fingerprint: string; line: string }> {
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

async function boot(plan: HostPlan, address: string, groups: string[]): Promise<Running> {
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

async function waitForSsh(address: string, name: string): Promise<void> {
  await until(`sshd on ${name} (${address})`, 15_000, async () => {
    const socket = connect({ host: address, port: 22 });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(500) });
      const [banner] = (await once(socket, 'data', { signal: AbortSignal.timeout(2000) })) as [Buffer];
      return banner.toString().startsWith('SSH-2.0');
    } finally {
      socket.destroy();
    }
  });
}

async function waitForDocker(host: Host): Promise<void> {
  await until(`dockerd on ${host.name}`, 30_000, async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const ping = request({ socketPath: host.dockerSocket, path: '/_ping', timeout: 2000 }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      ping.on('error', reject).end();
    });
    return status === 200;
  });
}

async function until(what: string, milliseconds: number, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const fine = await probe().catch(() => false);
    if (fine) return;
    if (Date.now() > deadline) throw new LabError(`${what} did not answer within ${milliseconds / 1000} s.`);
    await sleep(20);
  }
}
