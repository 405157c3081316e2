import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../packages/core/src/setup/items.ts';
import { connect as openServer } from '../../packages/core/src/transport/connect.ts';
import { type Examined, examine, findings } from '../../packages/core/src/upkeep/doctor/doctor.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { readProject, startRun } from './server-world.ts';

let lab: Lab;
let builder: Host;
let bare: Host;
let registry: Registry;
let secure: Registry;

beforeAll(async () => {
  lab = await startLab({ name: `upkeep-doctor-${process.pid}`, log: () => undefined });
  [builder, bare, registry, secure] = await Promise.all([
    lab.host('builder', { docker: true }),
    lab.host('bare'),
    lab.registry(),
    lab.registry({ tls: true }),
  ]);
  await builder.exec('mkdir -p /var/lib/drayage');
});
afterAll(() => lab?.stop());

const configuration = (more: object = {}, registries: object = {}) => {
  const { host, username, password } = registry;
  return {
    servers: {
      builder: { host: builder.address, 'host-key': builder.hostKey },
      bare: { host: bare.address, role: 'deploy', 'host-key': bare.hostKey },
      ...more,
    },
    registries: { [host]: { username, password, insecure: true }, ...registries },
    services: {
      web: {
        source: { path: '.' },
        build: { type: 'dockerfile', servers: ['builder'] },
        image: `${host}/shop/web`,
        deploy: { servers: ['builder'] },
      },
      proxy: { source: { image: 'nginx:1.27-alpine' }, deploy: { servers: ['builder'] } },
    },
  };
};

function itemsOf(examined: readonly Examined[], server: string): Record<string, Item> {
  const items = examined.find((one) => one.server === server)?.items ?? [];
  return Object.fromEntries(items.map((item) => [item.item, item]));
}

describe('doctor', () => {
  it('finds a server well, with the way to its registry both ways, and leaves nothing behind', async () => {
    await using run = startRun([builder]);
    const project = await readProject(configuration());
    const examined = await examine(run.context, { project, servers: ['builder'] });
    expect(itemsOf(examined, 'builder')).toMatchObject({
      connection: { ok: true },
      engine: { ok: true, detail: expect.stringContaining('Docker 26.1.5') },
      disk: { ok: true },
      clock: { ok: true },
      buildx: { ok: true },
      setup: { ok: true, detail: 'nothing to do', cure: expect.stringContaining('rotate container logs') },
      [`login ${registry.host}`]: { ok: true, detail: 'as lab' },
      [`push ${registry.host}/shop/web`]: { ok: true },
      [`pull ${registry.host}/shop/web`]: { ok: true, detail: 'the registry answers; there is no such tag yet' },
      'pull nginx:1.27-alpine': { ok: true, detail: 'it may be pulled' },
    });
    expect(findings(examined)).toEqual([]);
    expect(
      (
        await builder.exec(
          'docker image ls --quiet; docker ps --all --quiet; ls -A /var/lib/drayage /root/.docker 2>/dev/null',
          { check: false },
        )
      ).stdout.trim(),
    ).toBe('/var/lib/drayage:');
  });

  it('says of everything that is not so what cures it, on all servers', async () => {
    await using run = startRun([builder, bare]);
    const wrong = {
      [registry.host]: { username: registry.username, password: 'wrong', insecure: true },
      // The engine does not know its authority: setup has not run since it was declared.
      [secure.host]: { username: secure.username, password: secure.password, ca: secure.ca },
    };
    const project = await readProject(configuration({ gone: { host: '127.0.0.1', port: 1 } }, wrong));
    // The lab knows no host of that name; what connecting to it throws is our own.
    const gone = { name: 'gone', host: '127.0.0.1', port: 1, user: 'root', auth: {}, hostKeyPolicy: 'strict' } as const;
    const connect: typeof run.context.connect = (name) =>
      name === 'gone' ? openServer(gone, { report: run.context.report }) : run.context.connect(name);
    const examined = await examine({ ...run.context, connect }, { project });
    const well = itemsOf(examined, 'builder');
    expect(well[`login ${registry.host}`]).toMatchObject({
      ok: false,
      cure: `Check username and password under registries."${registry.host}" in drayage.yml.`,
    });
    expect(well[`push ${registry.host}/shop/web`]).toMatchObject({
      ok: false,
      detail: expect.stringContaining('refused the password of user lab'),
    });
    expect(well[`pull ${registry.host}/shop/web`]).toMatchObject({ ok: false });
    expect(well[`login ${secure.host}`]).toMatchObject({
      ok: false,
      cure: expect.stringContaining('.ca, then run setup for this server.'),
    });
    expect(well.setup).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`Store the authority of ${secure.host}`),
    });
    expect(itemsOf(examined, 'bare')).toMatchObject({
      engine: { ok: false, detail: 'Docker is not installed' },
      setup: {
        ok: false,
        detail: expect.stringContaining('Install Docker'),
        cure: 'drayage setup-deploy-node --servers bare',
      },
    });
    expect(itemsOf(examined, 'gone')).toMatchObject({ connection: { ok: false } });
    expect(findings(examined).map(({ code }) => code)).toEqual([
      'SETUP_INCOMPLETE',
      'SETUP_INCOMPLETE',
      'SETUP_INCOMPLETE',
    ]);
    expect(JSON.stringify(examined)).not.toContain('"wrong"');
  });

  it('ends with 1 on the command line, behind a table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-doctor-'));
    try {
      writeFileSync(join(folder, 'drayage.yml'), JSON.stringify({ project: 'shop', ...configuration() }));
      const run = (argv: string[]) => cli(folder, ['doctor', ...argv], { DRAYAGE_SSH_KEY: builder.privateKeyPath });
      const well = await run(['--servers', 'builder']);
      expect(well, well.stderr).toMatchObject({ status: 0 });
      expect(well.stdout).toMatch(/^server +item +found\nbuilder +connection +ok +root@/);
      const both = await run([]);
      expect(both.status).toBe(1);
      expect(both.stdout).toMatch(
        /^bare +engine +FAILED +Docker is not installed\n +cure: Run setup: it installs Docker\.$/m,
      );
      expect(both.stderr).toContain('bare is not ready: engine (Docker is not installed)');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function cli(cwd: string, argv: string[], env: Record<string, string>) {
  const main = join(import.meta.dirname, '../../packages/cli/src/main.ts');
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [main, ...argv], { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
