import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LabError } from './command.ts';
import { startLab } from './lab.ts';
import { requireRoot, stateFolder } from './machine.ts';
import { type LabRecord, ownerLives, readRecords, teardown } from './state.ts';

const usage = `npm run lab -- <command> [--name LAB]

  up [HOST[:bare]…]   start hosts, a registry and an ACME server in the background; with Docker unless ":bare"
  status              what runs, with addresses, fingerprints and credentials
  ssh HOST [COMMAND]  a shell on a host (--name goes before the word "ssh")
  down                end the lab and leave no trace

--name is "lab" where not given. Hosts are build-1, node-1, node-2 and bare-1:bare where none are named.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string', default: 'lab' }, help: { type: 'boolean', short: 'h' } },
  // Words after the host name of `ssh` belong to the remote command.
  args: untilRemoteCommand(process.argv.slice(2)).own,
});
const remoteCommand = untilRemoteCommand(process.argv.slice(2)).remote;
const [command, ...rest] = positionals;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function main(): Promise<number> | number {
  if (values.help) return print(usage);
  requireRoot();
  if (command === 'up') return up(rest);
  if (command === 'serve') return serve(rest);
  if (command === 'status') return status();
  if (command === 'ssh') return ssh(rest[0]);
  if (command === 'down') return down();
  console.error(usage);
  return 64;
}

function print(text: string): number {
  console.log(text);
  return 0;
}

/** Starts the owner of the lab as a process of its own and shows its progress until the lab stands or fails. */
async function up(hosts: string[]): Promise<number> {
  if (findLab()) throw new LabError(`A lab named "${values.name}" runs already; see "npm run lab -- status".`);
  mkdirSync(stateFolder, { recursive: true });
  const logFile = join(stateFolder, `${values.name}.log`);
  const log = openSync(logFile, 'w+');
  const names = hosts.length > 0 ? hosts : ['build-1', 'node-1', 'node-2', 'bare-1:bare'];
  const script = fileURLToPath(import.meta.url);
  const owner = spawn(process.execPath, [script, 'serve', '--name', values.name, ...names], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  owner.unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => owner.kill('SIGTERM'));
  let position = 0;
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const ended = owner.exitCode ?? owner.signalCode;
    const ready = findLab()?.ready === true;
    const length = readSync(log, buffer, 0, buffer.length, position);
    process.stderr.write(buffer.subarray(0, length));
    position += length;
    if (ended !== null && length === 0) {
      rmSync(logFile, { force: true });
      return 1;
    }
    if (ready) break;
    await sleep(100);
  }
  closeSync(log);
  return status(values.name);
}

/** Holds a lab until it is told to end. */
async function serve(hosts: string[]): Promise<number> {
  const started = Date.now();
  const log = (line: string): void => console.error(`${((Date.now() - started) / 1000).toFixed(1)} s  ${line}`);
  const lab = await startLab({ name: values.name, log });
  try {
    const up = hosts.map(async (entry) => {
      const [name = '', kind] = entry.split(':');
      await lab.host(name, { docker: kind !== 'bare' });
      log(`${name} is up`);
    });
    await Promise.all([...up, lab.registry(), lab.registry({ tls: true }), lab.acme()]);
    lab.markReady();
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
      // A promise alone does not keep the process alive.
      setInterval(() => undefined, 3_600_000);
    });
  } finally {
    await lab.stop();
  }
  process.exit(0);
}

function status(only?: string): number {
  const records = readRecords().filter((record) => only === undefined || record.name === only);
  if (records.length === 0) return print('No lab is running.');
  for (const record of records) {
    const life = ownerLives(record) ? (record.ready ? 'ready' : 'running') : 'left over by a dead process';
    console.log(`lab ${record.name}: ${life}, process ${record.owner.pid}, key ${record.privateKeyPath}`);
    for (const host of record.hosts) {
      console.log(
        `  ${host.name.padEnd(12)} ${host.address.padEnd(13)} ${host.docker ? 'docker' : 'bare  '}  ${host.hostKey}`,
      );
    }
    for (const { host, username, password, caPath } of record.registries) {
      console.log(`  registry     ${host}  ${username} ${password}${caPath ? `  ca ${caPath}` : '  (plain HTTP)'}`);
    }
    const { acme } = record;
    if (acme) console.log(`  acme         ${acme.directory}  ca ${acme.caPath}  root ${acme.rootPath}`);
  }
  return 0;
}

async function ssh(name: string | undefined): Promise<number> {
  const record = findLab();
  if (!record) throw new LabError(`No lab named "${values.name}" is running; start it with "npm run lab -- up".`);
  const host = record.hosts.find((candidate) => candidate.name === name);
  if (!host) {
    const known = record.hosts.map((candidate) => candidate.name).join(', ');
    throw new LabError(`The lab "${values.name}" has no host "${name ?? ''}"; it has ${known}.`);
  }
  const trust = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
  const argv = ['-i', record.privateKeyPath, ...trust, `root@${host.address}`, ...remoteCommand];
  const child = spawn('ssh', argv, { stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

async function down(): Promise<number> {
  const record = readRecords().find((candidate) => candidate.name === values.name);
  if (!record) return print(`No lab named "${values.name}" is running.`);
  if (ownerLives(record)) {
    process.kill(record.owner.pid, 'SIGTERM');
    while (existsSync(`/proc/${record.owner.pid}`) && ownerLives(record)) await sleep(50);
  } else {
    await teardown(record);
  }
  return print(`The lab "${values.name}" is gone.`);
}

function findLab(): LabRecord | undefined {
  return readRecords().find((record) => record.name === values.name && ownerLives(record));
}

function untilRemoteCommand(args: string[]): { own: string[]; remote: string[] } {
  const start = args.indexOf('ssh');
  return start < 0 ? { own: args, remote: [] } : { own: args.slice(0, start + 2), remote: args.slice(start + 2) };
}
