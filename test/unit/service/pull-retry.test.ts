import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pullProgram } from '../../../packages/core/src/service/job/program.ts';

/** Pulls by a `docker` that says this the first time, and has the image the second time. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-retry-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function pull(reason: string): Promise<string> {
  const job = join(folder, 'job');
  mkdirSync(job);
  writeFileSync(
    join(folder, 'docker'),
    `#!/bin/sh
[ "$1" = pull ] || exit 1
[ ! -e ${folder}/asked ] || exit 0
touch ${folder}/asked
echo '${reason}' >&2
exit 1
`,
  );
  chmodSync(join(folder, 'docker'), 0o755);
  const script = pullProgram({
    image: 'registry.example/web@sha256:1',
    image_known: '',
    image_expected: 'linux/amd64 ',
    platform: 'linux/amd64',
    timeout: 20_000,
    wants_tools: 0,
    keeper: '',
    tools_file: join(folder, 'tools'),
  });
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, DRAYAGE_JOB: job };
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env }).catch((error) => error);
  return stdout;
}

it('waits for a registry that cannot be reached for a moment, and says so', async () => {
  const said = await pull(
    'Error response from daemon: Get "http://r/v2/": dial tcp 10.0.0.1:5000: connect: connection refused',
  );
  expect(said).toContain('the registry cannot be reached; trying again');
  expect(said).toContain('"event":"pulled"');
});

it.each([
  ['denied: requested access to the repository is denied', 'REGISTRY_DENIED'],
  ['unauthorized: authentication required', 'REGISTRY_AUTH'],
  ['toomanyrequests: You have reached your pull rate limit.', 'REGISTRY_RATE_LIMITED'],
  ['manifest for r/web not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
  ['Get "https://r/v2/": x509: certificate signed by unknown authority', 'REGISTRY_UNREACHABLE'],
])('does not ask again what was refused: %s', async (reason, code) => {
  const said = await pull(reason);
  expect(said).not.toContain('trying again');
  expect(said).toContain(`"code":"${code}"`);
});
