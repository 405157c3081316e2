import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FollowOptions, Subject } from '../../../../packages/core/src/host/github/follow.ts';
import { repositoryOf } from '../../../../packages/core/src/host/github/repository.ts';

export interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A HTTP server in GitHub's place that answers whatever it is told to, and what a run would be told with. */
export interface Listening extends AsyncDisposable {
  readonly asked: Asked[];
  readonly warnings: string[];
  readonly options: FollowOptions;
  stop(): Promise<void>;
}

/** `answer`: the status and body of every answer; undefined: none ever comes. */
export async function listen(
  answer: (asked: Asked) => readonly [status: number, body?: unknown, headers?: Record<string, string>] | undefined,
  more: Partial<FollowOptions> = {},
): Promise<Listening> {
  const asked: Asked[] = [];
  const warnings: string[] = [];
  const server = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    const sent = await text(request);
    const one = {
      method,
      path,
      authorization: headers.authorization,
      body: sent === '' ? undefined : JSON.parse(sent),
    };
    asked.push(one);
    const [status, body = {}, more] = answer(one) ?? [];
    if (status === undefined) return;
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const env = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_API_URL: `http://127.0.0.1:${port}` };
  const repository = repositoryOf(env, 'ghs_secret');
  if (repository === undefined) throw new Error('The environment names a repository.');
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    asked,
    warnings,
    options: {
      repository,
      runUrl: 'https://github.com/acme/shop/actions/runs/7/attempts/1',
      pullRequest: undefined,
      fork: undefined,
      report: { warn: (message) => warnings.push(message) },
      redact: (said) => said,
      ...more,
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export const sha = 'c'.repeat(40);

export const subject: Subject = {
  sha,
  environment: 'production',
  project: 'shop',
  services: ['web'],
  command: 'up',
  title: 'Fix the basket',
  dryRun: false,
};

export const done = {
  outcome: 'done',
  milliseconds: 12_300,
  failures: [],
  deployed: [],
  status: 'done',
  url: 'https://shop.example.com/',
  foreseen: [],
} as const;

export const failed = {
  ...done,
  outcome: 'failed',
  failures: [{ code: 'DEPLOY_UNHEALTHY', message: 'web is not healthy.' }],
} as const;
