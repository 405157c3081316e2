import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliProcess, type CliResult, source, startCli } from '../demo/drayage.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Relay, startRelay } from '../lab/relay.ts';

/** A server and the cable to it, which counts what passes. */
export interface Wired {
  readonly host: Host;
  readonly cable: Relay;
}

/** A build server and two nodes with no registry between them; the second node has the containerd image store. */
export interface DirectWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly builder: Wired;
  readonly first: Wired;
  readonly second: Wired;
  /** Writes drayage.yml: `deploy` keys are merged over the service's own, `servers` over those of the project. */
  configure(deploy?: object, servers?: Record<string, object>): void;
  /** Writes the Dockerfile; `steps` stand above what changes with the version. */
  application(version: string, steps?: string): void;
  start(...args: readonly string[]): CliProcess;
  /** Throws where it fails. */
  run(...args: readonly string[]): Promise<CliResult>;
}

const containerd = `sed -i 's/^{/{ "features": { "containerd-snapshotter": true },/' /etc/docker/daemon.json && service docker restart`;

export async function startDirectWorld(name: string): Promise<DirectWorld> {
  const lab = await startLab({ name: `${name}-${process.pid}`, log: () => undefined });
  const folder = mkdtempSync(join(tmpdir(), 'drayage-direct-'));
  const wire = async (host: string): Promise<Wired> => {
    const started = await lab.host(host, { docker: true });
    return { host: started, cable: await startRelay({ host: started.address, port: started.port }) };
  };
  const [builder, first, second] = await Promise.all([wire('builder'), wire('node-1'), wire('node-2')]);
  await second.host.exec(containerd);
  await second.host.exec('until docker info >/dev/null 2>&1; do sleep 0.2; done', { timeout: 30_000 });
  const server = ({ host, cable }: Wired, role: string) => ({
    host: cable.host,
    port: cable.port,
    user: host.user,
    role,
    'host-key': host.hostKey,
    'docker-source': 'distribution',
  });
  const configure: DirectWorld['configure'] = (deploy = {}, servers = {}) => {
    const content = {
      project: 'shop',
      servers: {
        builder: { ...server(builder, 'build'), ...servers.builder },
        'node-1': server(first, 'deploy'),
        'node-2': server(second, 'deploy'),
      },
      services: {
        web: {
          source: { path: '.' },
          build: { servers: ['builder'] },
          deploy: {
            mode: 'standalone',
            servers: ['node-1', 'node-2'],
            health: { http: '/healthz', port: 3000, interval: '500ms', retries: 20 },
            'stop-grace-period': '1s',
            drain: '0s',
            ...deploy,
          },
        },
      },
    };
    writeFileSync(join(folder, 'drayage.yml'), JSON.stringify(content, null, 2));
  };
  const start = (...args: readonly string[]): CliProcess =>
    startCli(args, {
      cwd: folder,
      node: process.execPath,
      program: source,
      env: { DRAYAGE_SSH_KEY: builder.host.privateKey },
    });
  writeFileSync(join(folder, '.dockerignore'), 'drayage.yml\n.drayage\n');
  configure();
  return {
    lab,
    builder,
    first,
    second,
    configure,
    application: (version, steps = '') => {
      const text = `FROM busybox:1.37.0
${steps}
RUN mkdir -p /www && echo ok >/www/healthz && echo ${version} >/www/version.txt
CMD ["httpd", "-f", "-p", "3000", "-h", "/www"]
`;
      writeFileSync(join(folder, 'Dockerfile'), text);
    },
    start,
    run: async (...args) => {
      const result = await start(...args).finished;
      if (result.code !== 0) throw new Error(`drayage ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([builder, first, second].map(({ cable }) => cable.close()));
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes an account that may use Docker, but is neither root nor may become it. */
export async function addDockerUser({ host }: Wired, user: string): Promise<void> {
  const key = execFileSync('ssh-keygen', ['-y', '-f', host.privateKeyPath], { encoding: 'utf8' });
  const script = `useradd --create-home --shell /bin/sh --password '*' --groups docker ${user}
mkdir -p -m 700 ~${user}/.ssh && cat >~${user}/.ssh/authorized_keys && chown -R ${user} ~${user}/.ssh`;
  await host.exec(script, { stdin: key });
}

/** What the service answers on a host. */
export async function answer({ host }: Wired): Promise<string> {
  const script = `ip=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $(docker ps --quiet --filter label=dev.drayage.service=web | head -n 1))
exec 3<>/dev/tcp/$ip/3000; printf 'GET /version.txt HTTP/1.0\\r\\n\\r\\n' >&3; sed '1,/^\\r$/d' <&3`;
  return (await host.exec(['bash', '-c', script])).stdout.trim();
}

/** The same, of a Swarm task: the host itself is not on its network. */
export async function versionIn({ host }: Wired): Promise<string> {
  const script = `docker exec $(docker ps --quiet --filter label=dev.drayage.service=web | head -n 1) cat /www/version.txt`;
  return (await host.exec(script)).stdout.trim();
}

/** The image that the service's containers were made of. */
export async function imageOf({ host }: Wired): Promise<string> {
  const script = `docker inspect --format '{{.Config.Image}}' $(docker ps --quiet --filter label=dev.drayage.service=web | head -n 1)`;
  return (await host.exec(script)).stdout.trim();
}

/** What a transfer may leave on a host: processes, jobs, ports of ours, exports, and containers. */
export async function remains({ host }: Wired): Promise<string> {
  const script = `ps -eo args= | grep -E '^(docker (pull|save)|xargs|tail -c|cat --)' || true
find /run/drayage -path '*/jobs/receive-*' -o -path '*/jobs/save-*' 2>/dev/null
ss -Hltn | grep -E '127.0.0.1:2[0-9]{4} ' || true
find /var/lib/drayage/outgoing /home/*/.local/share/drayage/outgoing -mindepth 1 2>/dev/null || true
docker ps --all --format '{{.Image}}' | grep registry || true`;
  return (await host.exec(script)).stdout.trim();
}
