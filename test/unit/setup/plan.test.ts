import { describe, expect, it } from 'vitest';
import { proxyContainerSpec } from '../../../packages/core/src/proxy/container.ts';
import type { ServerFacts } from '../../../packages/core/src/setup/facts.ts';
import { planSetup } from '../../../packages/core/src/setup/plan.ts';
import type { SetupMode, Wish } from '../../../packages/core/src/setup/wish.ts';
import { exampleDocker, exampleFacts, exampleWish } from './example.ts';

const stateDir = '/var/lib/drayage';
const caddy = proxyContainerSpec('caddy', { stateDir });

function plan(facts: Partial<ServerFacts> = {}, wish: Partial<Wish> = {}, mode: SetupMode = 'auto') {
  return planSetup({
    facts: exampleFacts(facts),
    wish: exampleWish(wish),
    mode,
    server: 'node-1',
    stateDir,
    mayBeRoot: true,
  });
}
const titles = (...args: Parameters<typeof plan>) => plan(...args).steps.map(({ title }) => title);
const bare = { docker: undefined, daemonJson: undefined, stateFolder: false, tools: new Set(['apt-get', 'flock']) };

describe('planSetup', () => {
  it('has nothing to do on a server that lacks nothing', () => {
    expect(plan()).toEqual({ steps: [], advice: [] });
    expect(plan({}, {}, 'always')).toEqual({ steps: [], advice: [] });
  });

  it('configures Docker before it is installed, and starts the proxy last', () => {
    expect(titles(bare, { proxy: caddy })).toEqual([
      'Make the folders for state',
      'Configure Docker',
      'Install Docker',
      'Install git',
      'Start the proxy (caddy:2)',
    ]);
  });

  it('needs no git on a server that only deploys', () => {
    expect(titles({ tools: new Set(['apt-get', 'flock']) }, { builds: false })).toEqual([]);
  });

  it('installs Docker from the source asked for', () => {
    const scriptOf = (dockerSource: 'official' | 'distribution') =>
      plan(bare, { dockerSource }).steps.find(({ title }) => title === 'Install Docker')?.script;
    expect(scriptOf('official')).toContain('9DC858229FC7DD38854AE2D88D81803C0EBFCD88');
    expect(scriptOf('official')).toContain('https://download.docker.com/linux/debian');
    expect(scriptOf('distribution')).toContain('docker.io docker-buildx');
    expect(scriptOf('distribution')).not.toContain('download.docker.com');
  });

  it.each([
    ['docker-ce-cli', 'docker-buildx-plugin'],
    ['docker-cli', 'docker-buildx'],
  ])('takes buildx from where %s came', (origin, wanted) => {
    const { steps } = plan({ docker: { ...exampleDocker, origin, buildx: undefined } });
    expect(steps.map(({ title }) => title)).toEqual(['Install buildx']);
    expect(steps[0]?.script).toContain(`apt_install ${wanted}\n`);
  });

  it('starts an engine that does not answer', () => {
    expect(titles({ docker: { ...exampleDocker, engine: undefined } })).toEqual(['Start Docker']);
  });

  it('only advises to restart a running engine, unless everything is asked for', () => {
    const facts = { daemonJson: undefined };
    expect(plan(facts)).toEqual({
      steps: [],
      advice: [
        'rotate container logs at 10 MB, 3 files; keep containers running while Docker restarts (restarts Docker)',
      ],
    });
    expect(plan(facts, {}, 'always').steps[0]?.script).toContain('docker_service restart');
  });

  it('makes a running engine reread what a registry or the Swarm needs, without a restart', () => {
    const insecure = plan({}, { daemon: { swarm: false, insecure: ['10.0.0.1:5000'] } });
    expect(insecure.steps.map(({ why }) => why)).toEqual(['allow plain HTTP to 10.0.0.1:5000']);
    expect(insecure.steps[0]?.script).toContain('kill -HUP');
    expect(insecure.steps[0]?.script).not.toMatch(/^docker_service restart/m);
    const swarm = plan({}, { swarm: true, daemon: { swarm: true, insecure: [] } });
    expect(swarm.steps.map(({ why }) => why)).toEqual(['turn live restore off, which Swarm excludes']);
  });

  it('stores the authority of a registry when it is missing or another one', () => {
    const authority = { registry: 'r.example:5000', pem: 'PEM\n', sha256: 'aa' };
    expect(titles({}, { authorities: [authority] })).toEqual(['Store the authority of r.example:5000']);
    expect(titles({ authorities: { 'r.example:5000': 'bb' } }, { authorities: [authority] })).toHaveLength(1);
    expect(titles({ authorities: { 'r.example:5000': 'aa' } }, { authorities: [authority] })).toEqual([]);
  });

  it('leaves a running proxy with other settings alone until everything is asked for', () => {
    const proxy = { kind: 'caddy', spec: 'other', running: true } as const;
    expect(plan({ proxy }, { proxy: caddy }).steps).toEqual([]);
    expect(plan({ proxy }, { proxy: caddy }).advice).toHaveLength(1);
    expect(titles({ proxy }, { proxy: caddy }, 'always')).toEqual(['Make the proxy again (caddy:2)']);
    expect(titles({ proxy: { ...proxy, spec: caddy.hash, running: false } }, { proxy: caddy })).toEqual([
      'Start the proxy',
    ]);
  });

  it.each([
    [
      'SERVER_UNSUPPORTED',
      { ...bare, os: { id: 'arch', version: '', codename: '', name: 'Arch Linux' } },
      /^node-1 runs Arch Linux; packages are installed on Debian and Ubuntu only\.$/,
    ],
    ['SERVER_UNSUPPORTED', { docker: { ...exampleDocker, origin: 'snap' } }, /snap/],
    [
      'SETUP_INCOMPLETE',
      { docker: { ...exampleDocker, engine: { version: '20.10.24', api: '1.41' } } },
      /runs Docker 20\.10\.24 \(API 1\.41\); API 1\.44 or newer is needed/,
    ],
    ['SETUP_INCOMPLETE', { daemonJson: '{ broken' }, /daemon\.json is not valid JSON/],
    [
      'SETUP_INCOMPLETE',
      { proxy: { kind: undefined, spec: '', running: true } },
      /container named drayage-proxy that is not Drayage's/,
    ],
    [
      'PROXY_PORT_TAKEN',
      { listeners: { 80: 'nginx', 443: '' } },
      /port 80 is used by nginx, port 443 is used by another program/,
    ],
  ] as const)('refuses with %s what it cannot mend', (code, facts, message) => {
    expect(() => plan(facts as Partial<ServerFacts>, { proxy: caddy })).toThrowError(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('needs no package manager where Docker is there already', () => {
    const os = { id: 'arch', version: '', codename: '', name: 'Arch Linux' };
    expect(plan({ os, tools: new Set(['git', 'flock', 'docker']) }).steps).toEqual([]);
  });
});
