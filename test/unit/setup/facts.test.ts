import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseFacts } from '../../../packages/core/src/setup/facts.ts';
import { factsScript } from '../../../packages/core/src/setup/facts-script.ts';

const silent = { text: '', errors: '' };

function response(body: object, status = 200): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} OK\r\nApi-Version: 1.51\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

describe('parseFacts', () => {
  it('reads a bare server', () => {
    const text = `clock\t1000
os-release\tID=ubuntu
os-release\tVERSION_ID="24.04"
os-release\tVERSION_CODENAME=noble
os-release\tPRETTY_NAME="Ubuntu 24.04 LTS"
machine\taarch64
memory\t2048000
cpus\t4
init\tsystemd
tool\tapt-get
listener\t80 apache2
listener\t443 
address\t
route\t192.168.1.7
disk\t256 1024 4096 0 0
`;
    expect(parseFacts(text, silent, 990.5, 'node-1')).toEqual({
      os: { id: 'ubuntu', version: '24.04', codename: 'noble', name: 'Ubuntu 24.04 LTS' },
      platform: 'linux/arm64',
      cpus: 4,
      memory: 2_097_152_000,
      disk: { free: 1_048_576, total: 4_194_304 },
      freeInodes: undefined,
      clockSkew: 10,
      systemd: true,
      buildTools: new Set(),
      tools: new Set(['apt-get']),
      needsAppArmor: false,
      daemonJson: undefined,
      authorities: {},
      stateFolder: false,
      runFolderKept: false,
      listeners: { 80: 'apache2', 443: '' },
      address: '192.168.1.7',
      docker: undefined,
      proxy: undefined,
      guard: false,
    });
  });

  it('reads engine, Swarm and proxy from the answers of the engine', () => {
    const engine = [
      response({
        ServerVersion: '28.5.2',
        LiveRestoreEnabled: false,
        Swarm: {
          LocalNodeState: 'active',
          NodeID: 'n1',
          NodeAddr: '10.0.0.5',
          ControlAvailable: true,
          Cluster: { ID: 'c1' },
        },
      }),
      response({
        State: { Running: true },
        Config: { Labels: { 'dev.drayage.proxy': 'caddy', 'dev.drayage.proxy-spec': 'abc' } },
      }),
      response({ message: 'No such container' }, 404),
    ].join('');
    const text = `machine\tx86_64\nclock\t5\ntool\tdocker\ndocker-origin\tdocker-ce-cli\nbuildx\t/x/docker-buildx\n`;
    expect(parseFacts(text, { text: engine, errors: '' }, 5, 'node-1')).toMatchObject({
      docker: {
        origin: 'docker-ce-cli',
        engine: { version: '28.5.2', api: '1.51' },
        buildx: '/x/docker-buildx',
        swarm: { state: 'active', nodeId: 'n1', cluster: 'c1', manager: true, address: '10.0.0.5' },
        liveRestore: false,
      },
      proxy: { kind: 'caddy', spec: 'abc', running: true },
      guard: false,
    });
  });

  it('keeps the words of an engine that does not answer', () => {
    const text = `machine\tx86_64\nclock\t5\ntool\tdocker\n`;
    const answers = { text: '', errors: 'Cannot connect to the Docker daemon\n' };
    expect(parseFacts(text, answers, 5, 'node-1').docker).toMatchObject({
      engine: undefined,
      error: 'Cannot connect to the Docker daemon',
      buildx: undefined,
    });
  });

  it('says so when the server printed nothing of use', () => {
    expect(() => parseFacts('', silent, 0, 'node-1')).toThrowError('node-1 did not say what kind of machine it is.');
  });
});

describe('factsScript', () => {
  it('runs on this machine, with and without Docker on the path', () => {
    const env = { PATH: '/usr/bin:/bin', DRAYAGE_STATE: '/nonexistent', DRAYAGE_RUN: '/tmp', HOME: '/nonexistent' };
    const text = execFileSync('sh', ['-c', factsScript({ registries: ["it's:5000"], ports: true, tools: [] })], {
      env,
      encoding: 'utf8',
    });
    const facts = parseFacts(text, silent, Date.now() / 1000, 'here');
    expect(facts.platform).toMatch(/^linux\//);
    expect(Math.abs(facts.clockSkew)).toBeLessThan(5);
    expect(facts.memory).toBeGreaterThan(1024 ** 2);
    expect(facts.os.id).toMatch(/^[a-z]+$/);
    expect(facts.disk.free).toBeGreaterThan(1024 ** 2);
    expect(facts.disk.total).toBeGreaterThan(facts.disk.free);
  });
});
