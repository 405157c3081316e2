import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tool } from '../tools/tool.ts';
import { type Operation, openDescription } from './description.ts';
import { type Answer, answer, type Comment, type Records, refused } from './records.ts';

export interface GitHubApiOptions {
  /** Address it listens on; 127.0.0.1 where undefined. */
  readonly host?: string;
  /** The only token it knows; any where undefined. */
  readonly token?: string;
  /** What the token may write, as in `permissions:` of a workflow; everything where undefined. */
  readonly mayWrite?: readonly Permission[];
  /** Answers before anything is kept: a status with GitHub's usual body, or nothing ever. */
  readonly trouble?: (request: { readonly method: string; readonly path: string }) => number | 'silence' | undefined;
  /** What stands in the repository before. */
  readonly comments?: readonly Comment[];
}

export type Permission = 'statuses' | 'deployments' | 'pull-requests' | 'issues';

/** One request as it came in, and what was answered. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly authorization: string | undefined;
  /** As GitHub names it; undefined: GitHub has no such operation. */
  readonly operation: string | undefined;
  readonly status: number | undefined;
  /** What of request or answer does not fit GitHub's description; empty where all of it fits. */
  readonly problems: readonly string[];
}

export interface GitHubApi extends AsyncDisposable {
  /** For GITHUB_API_URL. */
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly Received[];
  /** What it keeps of the repository. */
  readonly records: Records;
  close(): Promise<void>;
}

/**
 * GitHub's REST API as far as Drayage uses it, on this machine. Every request and every answer is judged by the description
 * that GitHub publishes; a request that does not fit is answered with 422. undefined where the description cannot be had.
 */
export async function startGitHubApi(options: GitHubApiOptions = {}): Promise<GitHubApi | undefined> {
  const folder = await tool('npm');
  if (folder === undefined) return undefined;
  const operationOf = openDescription(folder);
  const requests: Received[] = [];
  const records: Records = { statuses: [], deployments: [], comments: [...(options.comments ?? [])] };
  let url = '';

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const { pathname: path, searchParams } = new URL(request.url ?? '/', url);
    const sent = await text(request);
    const body = sent === '' ? undefined : parsed(sent);
    const operation = operationOf(method, path);
    const problems =
      operation === undefined ? [`GitHub has no ${method} ${path}`] : operation.request(searchParams, body);
    const asked = { method, path, query: Object.fromEntries(searchParams), body, authorization: headers.authorization };
    const trouble = options.trouble?.({ method, path });
    if (trouble === 'silence') {
      requests.push({ ...asked, operation: operation?.id, status: undefined, problems });
      return;
    }
    const given =
      trouble === undefined
        ? respond(operation, searchParams, body, problems, headers.authorization)
        : refused(trouble, 'Server Error');
    problems.push(...(operation?.answer(given.status, given.body) ?? []));
    requests.push({ ...asked, operation: operation?.id, status: given.status, problems });
    const next = new URL(request.url ?? '/', url);
    next.searchParams.set('page', String(Number(searchParams.get('page') ?? 1) + 1));
    const link = given.more === true ? { link: `<${next}>; rel="next"` } : {};
    response.writeHead(given.status, { 'content-type': 'application/json; charset=utf-8', ...link });
    response.end(JSON.stringify(given.body));
  }

  function respond(
    operation: Operation | undefined,
    query: URLSearchParams,
    body: unknown,
    problems: readonly string[],
    authorization?: string,
  ): Answer {
    if (operation === undefined) return refused(404, 'Not Found');
    if (options.token !== undefined && authorization?.split(' ')[1] !== options.token)
      return refused(401, 'Bad credentials');
    if (!isAllowed(operation.id, options.mayWrite)) return refused(403, 'Resource not accessible by integration');
    if (problems.length > 0) return refused(422, `Validation Failed: ${problems.join('; ')}`);
    const question = { operation: operation.id, path: operation.path, query, body, url };
    return answer(records, question) ?? refused(501, `This server does not keep ${operation.id}`);
  }

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve));
  const { address, port } = server.address() as AddressInfo;
  url = `http://${address}:${port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, requests, records, close, [Symbol.asyncDispose]: close };
}

/** A repository that everybody may read; writing needs the permission, and comments of a pull request either of two. */
function isAllowed(operation: string, mayWrite: readonly Permission[] | undefined): boolean {
  if (mayWrite === undefined || /\/list-/.test(operation)) return true;
  const enough: readonly Permission[] = operation.startsWith('issues/')
    ? ['issues', 'pull-requests']
    : operation.includes('deployment')
      ? ['deployments']
      : ['statuses'];
  return enough.some((permission) => mayWrite.includes(permission));
}

function parsed(sent: string): unknown {
  try {
    return JSON.parse(sent);
  } catch {
    return sent;
  }
}
