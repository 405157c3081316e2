import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followRun, setCommitStatus } from '../../../packages/core/src/host/commit-status.ts';

interface Received {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let server: Server;
let received: Received[] = [];
let answer = 201;
let warnings: string[] = [];
let env: Record<string, string> = {};

beforeEach(async () => {
  received = [];
  warnings = [];
  answer = 201;
  server = createServer(async (request: IncomingMessage, response) => {
    const { url: path, headers } = request;
    received.push({ path, authorization: headers.authorization, body: JSON.parse(await text(request)) });
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{"message":"no"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = {
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
});

afterEach(() => {
  server.close();
});

const options = () => ({
  token: 'ghs_secret',
  env,
  sha: 'c'.repeat(40),
  environment: 'production',
  report: { warn: (message: string) => warnings.push(message) },
  url: 'https://shop.example.com/',
});

describe('setCommitStatus', () => {
  it('sets the status of the commit for the environment', async () => {
    await setCommitStatus(options(), 'success', 'x'.repeat(200));
    expect(received).toEqual([
      {
        path: `/repos/acme/shop/statuses/${'c'.repeat(40)}`,
        authorization: 'token ghs_secret',
        body: {
          state: 'success',
          context: 'drayage/production',
          description: `${'x'.repeat(139)}…`,
          target_url: 'https://shop.example.com/',
        },
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it('names the permission that is missing, and fails nothing', async () => {
    answer = 403;
    await setCommitStatus(options(), 'success', 'done');
    expect(warnings).toEqual([
      'The commit status was not set: GitHub refused it (403). The token needs `permissions: statuses: write`.',
    ]);
  });

  it('fails nothing where GitHub cannot be reached', async () => {
    server.close();
    await setCommitStatus(options(), 'success', 'done');
    expect(warnings).toEqual([expect.stringMatching(/^The commit status was not set: /)]);
  });
});

describe('followRun', () => {
  const states = () => received.map(({ body }) => (body as { state: string }).state);
  const checkout = async () => ({ sha: 'c'.repeat(40) });

  it('says nothing of a beginning when the run is over at once', async () => {
    await followRun(options(), checkout).end('done');
    expect(states()).toEqual(['success']);
  });

  it('says pending first when the run takes longer', async () => {
    const run = followRun(options(), checkout);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await run.end('failed');
    expect(states()).toEqual(['pending', 'failure']);
  });
});
