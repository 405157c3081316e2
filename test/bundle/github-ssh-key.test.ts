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

/** Asks a real SSH server for the deployments of a service that was never deployed. */
async function historyWith(key: string, known = true) {
  const { deploy } = await runWorkflow(
    workflow(`uses: drayage/drayage@v1
with:
  command: history
  ssh-key: \${{ secrets.SSH_KEY }}`),
    {
      secrets: { SSH_KEY: key },
      files: {
        'drayage.yml': `project: never-${process.pid}
servers:
  node-1: { host: 127.0.0.1, port: ${sshd.port}, user: ${userInfo().username}, role: deploy${known ? `, host-key: "${sshd.fingerprints.ed25519}"` : ''} }
services:
  web: { source: { image: "nginx:1.27-alpine" }, deploy: { servers: [node-1] } }
`,
      },
    },
  );
  if (deploy === undefined) throw new Error('The job did not run.');
  return deploy;
}

const file = (name: string) => readFileSync(join(sshd.folder, name), 'utf8');

describe('an SSH key as a secret of GitHub', () => {
  it.each([
    ['as it is in its file', (key: string) => key],
    ['without its last line end', (key: string) => key.trimEnd()],
    ['with the line ends of Windows', (key: string) => key.replaceAll('\n', '\r\n')],
    ['with blanks around it', (key: string) => `\n  ${key.replaceAll('\n', '\n  ')}\n\n`],
    ['all on one line', (key: string) => key.replaceAll('\n', ' ')],
    ['as its file in base64', (key: string) => Buffer.from(key).toString('base64')],
  ])('%s just works, and is never printed', async (_how, paste) => {
    const key = file('client');
    const ran = await historyWith(paste(key));
    expect(ran.log.text).toContain('Service web was never deployed.');
    expect(ran.status).toBe('success');
    const body = key.split('\n').slice(1, -2);
    expect(body.filter((line) => ran.log.text.includes(line))).toEqual([]);
  });

  it.each([
    [
      'its public half',
      () => file('client.pub'),
      'SSH_KEY_IS_PUBLIC',
      'is the public half; the private one is needed.',
    ],
    ['cut off', () => file('client').slice(0, 200), 'SSH_KEY_INVALID', 'cannot be read: it has no BEGIN and END line.'],
    [
      'another text',
      () => 'correct horse battery staple',
      'SSH_KEY_INVALID',
      'cannot be read: it has no BEGIN and END line.',
    ],
  ])('that is %s is said in one sentence', async (_what, text, code, sentence) => {
    const ran = await historyWith(text());
    expect(ran.codes[0]).not.toBe(0);
    const errors = errorsOf(ran);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message.split('\n')[0]).toMatch(new RegExp(`^The private key of .* ${sentence}$`));
    expect(errors[0]?.message).toContain(code);
    expect(ran.log.text).not.toContain(text().trim());
  });

  it('cannot make up for a server that nothing identifies', async () => {
    const ran = await historyWith(file('client'), false);
    expect(errorsOf(ran)[0]?.message).toContain(`host-key: ${sshd.fingerprints.ed25519}`);
  });
});
