import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWorkflow } from '../support/runner/runner.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { errorsOf, workflow } from './github-workflow.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());

/** What a log, an output or a summary could be made to do. */
const evil = [
  'first',
  '::set-output name=injected::yes',
  '  ::add-mask::shop',
  '##[set-output name=injected]yes',
  '::stop-commands::x',
  '::error::forged',
  'ghadelimiter_x',
  'injected=yes',
  '</details><script>alert(1)</script>',
].join('\n');

const server = (name = 'builder') =>
  `${name}: { host: 127.0.0.1, port: ${sshd.port}, user: ${userInfo().username}, role: build, host-key: "${sshd.fingerprints.ed25519}" }`;
const secrets = () => ({ SSH_KEY: readFileSync(join(sshd.folder, 'client'), 'utf8'), TOKEN: 's3cret/+=value' });

describe('text of others', () => {
  it('in an input, that comes back in an error, commands nothing', async () => {
    const { deploy } = await runWorkflow(
      workflow(`uses: drayage/drayage/actions/setup-build-server@v1
id: setup
with:
  environment: ${JSON.stringify(evil)}`),
      { files: { 'drayage.yml': `project: shop\nservers:\n  ${server()}\n` } },
    );
    expect(deploy?.codes[0]).toBe(64);
    expect(deploy?.log.forbidden).toEqual([]);
    expect(errorsOf(deploy as never)).toHaveLength(1);
    expect(errorsOf(deploy as never)[0]?.message).toContain('The environment');
    expect(deploy?.log.text).toContain('shop');
    expect(deploy?.summary).not.toContain('<script>');
    expect(deploy?.summary).toContain('failed');
  });

  it('in drayage.yml, that is shown around an error, commands nothing', async () => {
    const quoted = JSON.stringify(evil);
    const lines = evil.replace(/^/gm, '# ');
    const { deploy } = await runWorkflow(workflow('uses: drayage/drayage@v1'), {
      files: { 'drayage.yml': `project: shop\n${lines}\nservers:\n  ${server()}\n${quoted}: ${quoted}\n` },
    });
    expect(deploy?.codes[0]).toBe(64);
    expect(deploy?.log.forbidden).toEqual([]);
    expect(errorsOf(deploy as never)).toHaveLength(1);
    expect(deploy?.summary).not.toContain('<script>');
  });
});

describe('two composite actions of one job', () => {
  it('hand outputs on, and no secret reaches the log, an output or the summary', async () => {
    const look = (id: string, servers: string) => `uses: drayage/drayage/actions/setup-build-server@v1
id: ${id}
with:
  dry-run: true
  servers: ${servers}
  ssh-key: \${{ secrets.SSH_KEY }}
  secrets: TOKEN=\${{ secrets.TOKEN }}`;
    const text = workflow(look('one', 'builder'), look('two', '${{ steps.one.outputs.servers }}')).replace(
      '    steps:',
      '    outputs:\n      servers: ${{ steps.two.outputs.servers }}\n      unfinished: ${{ steps.two.outputs.unfinished }}\n    steps:',
    );
    const { deploy } = await runWorkflow(text, {
      files: { 'drayage.yml': `project: shop\nservers:\n  ${server()}\n  ${server('other')}\n` },
      secrets: secrets(),
    });
    expect(deploy?.status).toBe('success');
    expect(deploy?.outputs.servers).toBe('builder');
    expect(deploy?.outputs.unfinished).toBe('');
    expect(deploy?.log.text).not.toContain('other');
    const body = secrets().SSH_KEY.split('\n').slice(1, -2);
    for (const value of [...body, secrets().TOKEN, Buffer.from(secrets().TOKEN).toString('base64')]) {
      expect(deploy?.log.unmasked).not.toContain(value);
      expect(deploy?.summary).not.toContain(value);
    }
    // The runner was told of the secrets in the forms it would not find by itself.
    expect(deploy?.log.holdsMask(Buffer.from(secrets().TOKEN).toString('base64'))).toBe(true);
    expect(deploy?.log.holdsMask(encodeURIComponent(secrets().TOKEN))).toBe(true);
  });
});
