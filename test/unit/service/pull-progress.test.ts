import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pullProgram } from '../../../packages/core/src/service/job/program.ts';

/**
 * Pulls through a program that speaks as the engine does (`POST /images/create`: JSON lines in chunks), at the pace that is
 * asked for. What a real engine says is in the tests against real servers; there nothing makes a pull slow.
 */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-pull-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function pull(lines: readonly (string | number)[]): Promise<string> {
  const job = join(folder, 'job');
  mkdirSync(job);
  writeFileSync(join(job, 'registry-auth'), 'e30=\n');
  const steps = lines.map((line) => {
    if (typeof line === 'number') return `sleep ${line}`;
    const body = `${line}\r\n`;
    return `printf '%s\\r\\n%s\\r\\n' ${Buffer.byteLength(body).toString(16)} '${body}'`;
  });
  const docker = join(folder, 'docker');
  writeFileSync(
    docker,
    `#!/bin/sh
[ "$1" = system ] || exit 1
printf 'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'
${steps.join('\n')}
printf '0\\r\\n\\r\\n'
cat >/dev/null
`,
  );
  chmodSync(docker, 0o755);
  const script = pullProgram({
    image: 'registry.example/web@sha256:1',
    image_known: '',
    image_expected: 'linux/amd64 ',
    platform: 'linux/amd64',
    timeout: 20_000,
    wants_tools: 0,
    keeper: 'drayage.local/shop-production-web:1',
    tools_file: join(folder, 'tools'),
  });
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, DRAYAGE_JOB: job };
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env }).catch((error) => error);
  return stdout;
}

const of = (status: string) => JSON.stringify({ status, progressDetail: {}, id: 'aaa' });

it('says every other second how many layers are here, and nothing of a quick pull', async () => {
  const quick = await pull([of('Pulling fs layer'), of('Downloading'), of('Pull complete')]);
  expect(quick).toContain('"event":"pulled"');
  expect(quick).not.toContain('progress');
  rmSync(join(folder, 'job'), { recursive: true });
  const slow = await pull([
    ...[of('Pulling fs layer'), of('Pulling fs layer'), of('Pull complete'), of('Downloading')],
    ...[2.1, of('Downloading'), of('Downloading'), of('Extracting'), of('Pull complete')],
  ]);
  expect(slow.match(/pulling: .*? here/g)).toEqual(['pulling: 1 of 2 layers are here']);
  expect(slow).toContain('"event":"pulled"');
});

it('still finds the error among the lines', async () => {
  const failed = await pull([of('Pulling fs layer'), JSON.stringify({ error: 'toomanyrequests: slow down' })]);
  expect(failed).toContain('REGISTRY_RATE_LIMITED');
});
