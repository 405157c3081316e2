import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Readiness } from '../../../packages/core/src/docker/run-spec.ts';
import { healthcheckTest } from '../../../packages/core/src/service/healthcheck.ts';

const http = (port: number, path: string): Readiness => ({
  source: 'health',
  probe: { kind: 'http', path, port },
  interval: 1000,
  timeout: 1000,
  retries: 3,
  startPeriod: 0,
});
const tcp = (port: number): Readiness => ({ ...http(port, '/'), probe: { kind: 'tcp', port } }) as Readiness;
const command: Readiness = { ...http(1, '/'), probe: { kind: 'command', command: 'pg_isready' } } as Readiness;

describe('healthcheckTest', () => {
  it.each([
    ['no shell, no check', http(80, '/'), ['curl'], undefined],
    ['a shell alone, no check', http(80, '/'), ['sh'], undefined],
    ['a command as it is', command, ['sh'], ['CMD-SHELL', 'pg_isready']],
    ['a command without having looked for a shell', command, [], ['CMD-SHELL', 'pg_isready']],
    ['wget cannot check a port', tcp(80), ['sh', 'wget'], undefined],
    [
      'a path as data',
      http(80, "/it's?a=$b"),
      ['sh', 'curl'],
      ['CMD-SHELL', "curl -fsS -o /dev/null --max-time 1 'http://127.0.0.1:80/it'\\''s?a=$b'"],
    ],
    ['nothing to check', { source: 'running', window: 1 } as Readiness, ['sh', 'curl'], undefined],
  ])('%s', (_what, readiness, tools, expected) => {
    expect(healthcheckTest(readiness, new Set(tools))).toEqual(expected);
  });

  const available = ['curl', 'wget', 'nc', 'bash'].filter((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`]);
      return true;
    } catch {
      return false;
    }
  });

  it.each(available)('asks a real server by %s', async (tool) => {
    await using server = await serve();
    const passes = async (readiness: Readiness) => {
      const test = healthcheckTest(readiness, new Set(['sh', tool]));
      if (test === undefined) return undefined;
      return promisify(execFile)('sh', ['-c', test[1] ?? '']).then(
        () => true,
        () => false,
      );
    };
    expect(await passes(http(server.port, '/good'))).toBe(true);
    expect(await passes(http(server.port, '/bad'))).toBe(false);
    expect(await passes(http(1, '/good'))).toBe(false);
    expect(await passes(tcp(server.port))).not.toBe(false);
    expect(await passes(tcp(1))).not.toBe(true);
  });
});

async function serve() {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/good' ? 200 : 500;
    response.end('here\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
