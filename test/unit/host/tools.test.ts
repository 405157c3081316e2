import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toolPath } from '../../../packages/core/src/host/tools.ts';

const program = '#!/bin/sh\necho cosign\n';
const sha256 = createHash('sha256').update(program).digest('hex');

let folder = '';
let server: Server;
let requests = 0;
let tool = { name: 'cosign', version: '2.4.1', url: '', sha256 };
const before = { cache: process.env.RUNNER_TOOL_CACHE, temp: process.env.RUNNER_TEMP };

beforeEach(async () => {
  requests = 0;
  folder = mkdtempSync(join(tmpdir(), 'drayage-tools-'));
  // GitHub's library reads these of the process.
  process.env.RUNNER_TOOL_CACHE = join(folder, 'cache');
  process.env.RUNNER_TEMP = join(folder, 'temp');
  server = createServer((request, response) => {
    requests += 1;
    if (request.url === '/cosign') response.end(program);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tool = { ...tool, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cosign` };
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
  for (const [name, value] of [
    ['RUNNER_TOOL_CACHE', before.cache],
    ['RUNNER_TEMP', before.temp],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('toolPath', () => {
  it('fetches a tool once, executable, into the tool cache of the runner', async () => {
    const path = await toolPath(tool, process.env);
    expect(readFileSync(path, 'utf8')).toBe(program);
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(await toolPath(tool, process.env)).toBe(path);
    expect(requests).toBe(1);
  });

  it('takes an installed one where the runner cannot fetch it, and never one in place of a forged one', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'cosign'), program, { mode: 0o755 });
    const env = { ...process.env, PATH: bin };
    expect(await toolPath({ ...tool, url: `${tool.url}-gone` }, env)).toBe(join(bin, 'cosign'));
    await expect(toolPath({ ...tool, sha256: 'a'.repeat(64) }, env)).rejects.toMatchObject({
      code: 'TOOL_CHECKSUM_MISMATCH',
    });
  });

  it('keeps nothing whose checksum is another one', async () => {
    const wrong = { ...tool, sha256: 'a'.repeat(64) };
    await expect(toolPath(wrong, process.env)).rejects.toMatchObject({
      code: 'TOOL_CHECKSUM_MISMATCH',
      message: `What ${tool.url} gave for cosign 2.4.1 has the SHA-256 ${sha256}; expected ${'a'.repeat(64)}. It was removed.`,
    });
    await expect(toolPath(wrong, process.env)).rejects.toThrow('expected');
    expect(requests).toBe(2);
  });

  it('says what could not be fetched', async () => {
    await expect(toolPath({ ...tool, url: `${tool.url}-no` }, process.env)).rejects.toMatchObject({
      code: 'TOOL_DOWNLOAD_FAILED',
      message: expect.stringContaining('cosign 2.4.1 could not be fetched from http://127.0.0.1'),
    });
  });

  it('takes the PATH where there is no tool cache', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'cosign'), program);
    const env = { PATH: `/nowhere:${bin}` };
    await expect(toolPath(tool, env)).rejects.toMatchObject({ code: 'TOOL_MISSING' });
    chmodSync(join(bin, 'cosign'), 0o755);
    expect(await toolPath(tool, env)).toBe(join(bin, 'cosign'));
    expect(requests).toBe(0);
  });
});
