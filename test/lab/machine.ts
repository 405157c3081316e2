import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError, run, runSync } from './command.ts';
import { withLock } from './lock.ts';

/** Where the lab keeps what is expensive to make: root file systems, tools, images. Survives every run. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drayage-lab');

/** Where the disks of running hosts live. Must be on a real disk: overlay2 cannot stand on an overlay. */
export const diskFolder = '/var/lib/drayage-lab';

/** Where running labs are recorded: who owns them, which subnet they took. */
export const stateFolder = '/run/drayage-lab';

/** What hosts and images need to know of this machine to reach Debian's and npm's packages. Read, never written down. */
export interface MachineFacts {
  /** Base address of a Debian mirror. */
  mirror: string;
  securityMirror: string;
  /** Settings of apt's transport on this machine, such as a proxy. */
  aptOptions: string[];
  /** Certificate authorities the administrator of this machine added, as PEM by file name. */
  authorities: Record<string, string>;
  npmRegistry: string;
  /** HTTP proxy variables, as set here. */
  proxy: Record<string, string>;
  nameservers: string[];
}

/** Ubuntu's mirrors do not carry Debian, so only these names count. */
const debianSuite = /^(bullseye|bookworm|trixie|forky|sid|stable|testing|unstable)$/;

const requiredTools: Record<string, string> = {
  debootstrap: 'debootstrap',
  flock: 'util-linux',
  ip: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
  openssl: 'openssl',
  perl: 'perl-base',
  setpriv: 'util-linux',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  xz: 'xz-utils',
};

/** Throws where no lab can run at all: it takes Linux on x86-64, and root. */
export function requireRoot(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LabError(`The lab needs Linux on x86-64, and this is ${process.platform} on ${process.arch}.`);
  }
  if (process.getuid?.() !== 0) {
    throw new LabError('The lab needs root, because its hosts are made of kernel namespaces; run it with sudo.');
  }
}

/** Installs the programs the lab needs where Debian's packages can provide them, else says what is missing. */
export async function ensureMachine(log: (line: string) => void): Promise<void> {
  requireRoot();
  await ensurePackages(missingPackages, log);
}

/** The same for programs that a test needs beside the lab, by the names of their packages. */
export async function ensurePrograms(
  programs: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<void> {
  await ensurePackages(() => packagesOf(programs), log);
}

async function ensurePackages(look: () => string[], log: (line: string) => void): Promise<void> {
  if (look().length === 0) return;
  await withLock(join(cacheFolder, 'locks', 'machine'), async () => {
    const missing = look();
    if (missing.length === 0) return;
    const names = missing.join(', ');
    if (!onPath('apt-get')) {
      throw new LabError(
        `The lab needs Debian or Ubuntu to install ${names}; install these yourself and start it again.`,
      );
    }
    log(`installing ${names} on this machine`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const patient = ['-o', 'DPkg::Lock::Timeout=120', '-qq'];
    await run(['apt-get', 'update', ...patient], { env });
    await run(['apt-get', 'install', '-y', '--no-install-recommends', ...patient, ...missing], { env });
  });
}

function missingPackages(): string[] {
  const packages = packagesOf(requiredTools);
  // Ubuntu's debootstrap comes without the keys that Debian's packages are signed with.
  if (!existsSync('/usr/share/keyrings/debian-archive-keyring.gpg')) packages.push('debian-archive-keyring');
  return [...new Set(packages)];
}

function packagesOf(programs: Readonly<Record<string, string>>): string[] {
  return Object.entries(programs).flatMap(([program, name]) => (onPath(program) ? [] : [name]));
}

/** Reads apt's, npm's and the resolver's configuration of this machine. */
export async function readMachine(): Promise<MachineFacts> {
  const [targets, options, npm] = await Promise.all([
    run(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE)'], { check: false }),
    run(['apt-config', 'dump'], { check: false }),
    run(['npm', 'config', 'get', 'registry'], { check: false }),
  ]);
  const sources = targets.stdout.split('\n').map((line) => line.split(' '));
  const find = (suite: RegExp): string | undefined => sources.find(([, release = '']) => suite.test(release))?.[0];
  const mirror = find(debianSuite) ?? 'http://deb.debian.org/debian/';
  return {
    mirror,
    securityMirror: find(/^[a-z]+-security$/) ?? 'http://deb.debian.org/debian-security/',
    aptOptions: options.stdout.split('\n').filter((line) => /^Acquire::(https?::|Check-|Retries|ForceIPv)/.test(line)),
    authorities: localAuthorities(),
    npmRegistry: npm.stdout.trim() || 'https://registry.npmjs.org/',
    proxy: Object.fromEntries(
      ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => {
        const value = process.env[name];
        return value ? [[name, value]] : [];
      }),
    ),
    nameservers: nameservers(),
  };
}

/** True when a program of that name can be run. */
export function onPath(tool: string): boolean {
  return runSync(['sh', '-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`]).code === 0;
}

function localAuthorities(): Record<string, string> {
  const folder = '/usr/local/share/ca-certificates';
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.crt'))
    .sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

function nameservers(): string[] {
  // A resolver on loopback cannot be reached from a host; systemd-resolved keeps the real ones in a second file.
  for (const file of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']) {
    if (!existsSync(file)) continue;
    const found = [...readFileSync(file, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].flatMap(([, address = '']) =>
      address.startsWith('127.') || address.includes(':') ? [] : [address],
    );
    if (found.length > 0) return found;
  }
  throw new LabError(
    'The lab found no nameserver outside loopback in /etc/resolv.conf, so its hosts could not resolve names.',
  );
}
