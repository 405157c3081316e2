import type { DockerFacts, ServerFacts } from '../../../packages/core/src/setup/facts.ts';
import type { Wish } from '../../../packages/core/src/setup/wish.ts';

export const exampleDocker: DockerFacts = {
  origin: 'docker-ce-cli',
  engine: { version: '28.5.2', api: '1.51' },
  error: '',
  buildx: '/usr/libexec/docker/cli-plugins/docker-buildx',
  swarm: { state: 'inactive', nodeId: '', cluster: '', manager: false, address: '' },
  liveRestore: true,
};

/** A Debian server on which nothing is missing, with what a test is about changed. */
export function exampleFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    os: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
    platform: 'linux/amd64',
    cpus: 2,
    memory: 4 * 1024 ** 3,
    disk: { free: 50 * 1024 ** 3, total: 80 * 1024 ** 3 },
    freeInodes: 1_000_000,
    clockSkew: 0,
    systemd: true,
    tools: new Set(['apt-get', 'git', 'flock', 'docker', 'systemctl']),
    needsAppArmor: false,
    daemonJson:
      '{"log-driver":"json-file","log-opts":{"max-size":"10m","max-file":"3"},"live-restore":true,"dns":["9.9.9.9"]}',
    authorities: {},
    stateFolder: true,
    runFolderKept: true,
    listeners: {},
    address: '203.0.113.10',
    docker: exampleDocker,
    proxy: undefined,
    guard: false,
    ...changes,
  };
}

export function exampleWish(changes: Partial<Wish> = {}): Wish {
  return {
    builds: true,
    lfs: false,
    deploys: true,
    swarm: false,
    dockerSource: 'official',
    platforms: [],
    daemon: { swarm: false, insecure: [] },
    authorities: [],
    proxy: undefined,
    ...changes,
  };
}
