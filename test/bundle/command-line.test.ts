import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodes, start } from './run.ts';

const valid = `project: shop
servers:
  node-1: { host: 203.0.113.10, role: deploy }
services:
  web:
    source: { image: "nginx:1.27-alpine" }
    deploy: { servers: [node-1] }
`;

describe.each(nodes)('the bundle under %s', (node) => {
  let cwd = '';
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'drayage-bundle-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));
  const drayage = (...args: string[]) => start(node, 'drayage.cjs', args, { cwd });

  it('prints its version', async () => {
    expect(await drayage('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('lists its commands', async () => {
    const { code, stdout } = await drayage('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('deploy-service');
  });

  it('finds a valid drayage.yml valid', async () => {
    writeFileSync(join(cwd, 'drayage.yml'), valid);
    const { code, stdout, stderr } = await drayage('validate');
    expect({ code, output: stdout + stderr }).toEqual({
      code: 0,
      output: 'drayage.yml is valid: project shop, environment production, services web.\n',
    });
  });

  it('points at an unknown key and names the nearest', async () => {
    writeFileSync(join(cwd, 'drayage.yml'), valid.replace('deploy: {', 'deploy: { replica: 2,'));
    const { code, stdout, stderr } = await drayage('validate');
    const output = stdout + stderr;
    expect(code).toBe(64);
    expect(output).toContain('drayage.yml:7:');
    expect(output).toContain('replicas');
    expect(output).toContain('CONFIG_INVALID');
  });

  it('refuses an unknown flag with the nearest name', async () => {
    writeFileSync(join(cwd, 'drayage.yml'), valid);
    const { code, stdout, stderr } = await drayage('up', '--enviroment', 'staging');
    expect(code).toBe(64);
    expect(stdout + stderr).toContain('--environment');
  });

  it('refuses an unknown command with the nearest name', async () => {
    const { code, stdout, stderr } = await drayage('deploy-servise');
    expect(code).toBe(64);
    expect(stdout + stderr).toContain('deploy-service');
  });

  it('writes a first drayage.yml that is valid', async () => {
    writeFileSync(join(cwd, 'Dockerfile'), 'FROM nginx\nEXPOSE 80\n');
    expect(await drayage('init', '--server', '203.0.113.10', '--ci', 'none')).toMatchObject({ code: 0, stderr: '' });
    expect((await drayage('validate')).code).toBe(0);
  });

  it('completes what is typed', async () => {
    writeFileSync(join(cwd, 'drayage.yml'), valid);
    const { code, stdout } = await drayage('complete', '--', 'up', '--servers', '');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'node-1\t\n:4\n' });
    expect((await drayage('completion', 'zsh')).stdout).toContain('#compdef drayage');
  });

  it('explains an error code', async () => {
    const { code, stdout } = await drayage('help', 'SSH_HOST_KEY_MISMATCH');
    expect(code).toBe(0);
    expect(stdout).toContain('SSH_HOST_KEY_MISMATCH');
  });
});

describe.each(nodes)('the root action under %s', (node) => {
  it('fails with one annotation when drayage.yml is wrong, on its line', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'drayage-bundle-'));
    try {
      writeFileSync(join(cwd, 'drayage.yml'), valid.replace('host: 203.0.113.10', 'hots: 203.0.113.10'));
      writeFileSync(join(cwd, 'summary.md'), '');
      const files = { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md'), GITHUB_OUTPUT: join(cwd, 'summary.md') };
      const env = { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_WORKSPACE: cwd, ...files };
      const { code, stdout } = await start(node, 'action.cjs', [], { cwd, env });
      expect(code).toBe(64);
      const annotations = stdout.split('\n').filter((line) => line.startsWith('::error'));
      expect(annotations).toHaveLength(1);
      expect(annotations[0]).toContain('drayage.yml');
      expect(annotations[0]).toContain('line=3');
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
