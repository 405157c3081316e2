import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { wishFor } from '../../../packages/core/src/setup/wish.ts';
import { releases, type ToolName } from '../../../packages/core/src/tools/catalogue.ts';
import { installScript } from '../../../packages/core/src/tools/install-script.ts';
import { toolLines } from '../../../packages/core/src/tools/wanted.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-tools-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string, path = process.env.PATH) =>
  spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { DRAYAGE_STATE: join(folder, 'state'), PATH: path } });

/** Puts an archive with a program where a mirror would have it; returns its path and digest. */
function publish(name: ToolName, version: string): { path: string; sha256: string } {
  const path = join(folder, 'mirror', releases[name].archive(version, process.arch === 'arm64' ? 'arm64' : 'amd64'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} version ${version}\n`, { mode: 0o755 });
  const content = execFileSync('tar', ['-C', folder, '-czf', '-', name]);
  writeFileSync(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

const install = (name: ToolName, version: string) =>
  shell(`set -eu\n${installScript({ name, version }, `file://${join(folder, 'mirror')}`)}`);

describe('the script that installs a tool', () => {
  it('takes an archive that its checksum fits, beside other versions', () => {
    const { path, sha256 } = publish('railpack', '0.20.0');
    writeFileSync(
      join(dirname(path), 'checksums.txt'),
      `${'1'.repeat(64)}  other.tar.gz\n${sha256}  ${path.split('/').at(-1)}\n`,
    );
    expect(install('railpack', '0.20.0')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('installed railpack 0.20.0, verified by file:'),
    });
    const other = publish('nixpacks', '1.40.0');
    writeFileSync(`${other.path}.sha256`, `${other.sha256}\n`);
    expect(install('nixpacks', '1.40.0').status).toBe(0);
    expect(shell(`${toolLines({ name: 'railpack', version: '0.20.0' })}\n"$railpack"`).stdout).toBe(
      'railpack version 0.20.0\n',
    );
    expect(execFileSync('ls', ['-A', join(folder, 'state/tools')], { encoding: 'utf8' })).toBe(
      'nixpacks-1.40.0\nrailpack-0.20.0\n',
    );
  });

  it.each([
    ['another checksum', `${'0'.repeat(64)}  `, /has the SHA-256 [0-9a-f]{64}; expected was 0{64}/],
    ['no checksum', `${'0'.repeat(64)}  other-`, /checksums\.txt has no SHA-256 of railpack-v0\.20\.0/],
  ])('installs nothing where there is %s', (_, line, reason) => {
    const { path } = publish('railpack', '0.20.0');
    writeFileSync(join(dirname(path), 'checksums.txt'), `${line}${path.split('/').at(-1)}\n`);
    const { status, stdout } = install('railpack', '0.20.0');
    expect(status).not.toBe(0);
    expect(stdout).toMatch(reason);
    expect(stdout).toContain('Nothing was installed.');
    expect(existsSync(join(folder, 'state/tools/railpack-0.20.0'))).toBe(false);
    expect(execFileSync('ls', ['-A', join(folder, 'state/tools')], { encoding: 'utf8' })).toBe('');
  });

  it('knows the checksum of the pinned pack, whatever a mirror says', () => {
    const { path, sha256 } = publish('pack', releases.pack.pinned);
    writeFileSync(`${path}.sha256`, `${sha256}  ${path.split('/').at(-1)}\n`);
    expect(install('pack', releases.pack.pinned).stdout).toContain(
      '(the SHA-256 that Drayage knows). Nothing was installed.',
    );
    const newer = publish('pack', '0.99.0');
    writeFileSync(`${newer.path}.sha256`, `${newer.sha256}  ${newer.path.split('/').at(-1)}\n`);
    expect(install('pack', '0.99.0').status).toBe(0);
  });

  it('reads what the host of the releases says of an asset, where a project publishes no checksums', () => {
    const { path, sha256 } = publish('nixpacks', '1.41.0');
    const name = path.split('/').at(-1) ?? '';
    // As docs.github.com shows a release, shortened.
    const release = JSON.stringify(
      {
        name: 'v1.41.0',
        body: `"name": "${name}", "digest": "sha256:bad"`,
        assets: [
          { url: 'https://…/1', name: 'other.tar.gz', uploader: { login: 'bot' }, digest: `sha256:${'1'.repeat(64)}` },
          { url: 'https://…/2', name, label: '', uploader: { login: 'bot' }, digest: `sha256:${sha256}`, size: 3 },
        ],
      },
      null,
      2,
    );
    const script = installScript({ name: 'nixpacks', version: '1.41.0' });
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(folder, 'release.json'), release);
    // Stands for the network: serves both addresses from files.
    writeFileSync(
      join(bin, 'curl'),
      `#!/bin/sh\nfor last; do :; done\ncase $last in\n*api.github.com/repos/railwayapp/nixpacks/releases/tags/v1.41.0) from=${folder}/release.json ;;\nhttps://github.com/*) from=${path} ;;\nesac\nwhile [ "$1" != -o ]; do shift; done\ncp "$from" "$2"\n`,
      { mode: 0o755 },
    );
    expect(shell(`set -eu\n${script}`, `${bin}:${process.env.PATH}`)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('the lines that find a tool', () => {
  it('take the version that is wanted from PATH, and no other', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'pack'), '#!/bin/sh\necho 0.38.2+git-1234\n', { mode: 0o755 });
    const found = (version: string) =>
      shell(`${toolLines({ name: 'pack', version })}\necho "$pack"`, `${bin}:${process.env.PATH}`);
    expect(found('0.38.2').stdout).toBe(`${bin}/pack\n`);
    expect(found('0.38.1')).toMatchObject({ status: 1, stdout: '@drayage missing-tool pack 0.38.1\n' });
  });
});

describe('what a build server needs', () => {
  it('is what its services are built with, each version once', async () => {
    const { project } = await loadProject({
      text: JSON.stringify({
        project: 'shop',
        servers: { one: { host: 'a', role: 'build' }, two: { host: 'b', role: 'both' } },
        services: {
          a: { build: { type: 'railpack', servers: ['one'] } },
          b: { build: { type: 'railpack', servers: ['one', 'two'], version: '0.19.0' } },
          c: { build: { type: 'heroku', servers: ['one'] } },
          d: { build: { type: 'paketo', servers: ['one'] } },
          e: { build: { servers: ['one'] } },
          f: { build: { dockerfile: 'Dockerfile', servers: ['one'] } },
        },
      }),
    });
    const tools = (server: string, role: 'build' | 'deploy' = 'build') => {
      const spec = project.servers[server];
      if (spec === undefined) throw new Error('no server');
      const wish = wishFor(project, spec, { role, swarm: false, stateDir: '/s', typeOf: () => 'nixpacks' });
      return wish.tools.map(({ name, version, services }) => `${name} ${version} for ${services.join(' ')}`);
    };
    expect(tools('one')).toEqual([
      'railpack 0.20.0 for a',
      'railpack 0.19.0 for b',
      'pack 0.38.2 for c d',
      'nixpacks 1.41.0 for e',
    ]);
    expect(tools('two')).toEqual(['railpack 0.19.0 for b']);
    expect(tools('two', 'deploy')).toEqual([]);
  });
});
