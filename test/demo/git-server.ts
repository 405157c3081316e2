import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A git server over HTTP, as a small company might run one. */
export interface GitServer extends AsyncDisposable {
  /** `http://address:port/<name>.git` */
  url(name: string): string;
  /** Makes an empty repository and returns its URL. */
  create(name: string): string;
}

/**
 * Serves repositories below `folder` by git's own smart HTTP backend (git-http-backend(1)). With a token, every
 * request must carry it as the password, whatever the user name: what GitHub does with access tokens.
 */
export async function startGitServer(options: {
  readonly address: string;
  readonly folder: string;
  readonly token?: string;
  /** Answers what is not for git itself; gives false for what is. */
  readonly first?: (request: IncomingMessage, response: ServerResponse) => boolean;
}): Promise<GitServer> {
  mkdirSync(options.folder, { recursive: true });
  const server = createServer((request, response) => {
    if (options.token !== undefined && passwordOf(request) !== options.token) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    } else if (options.first?.(request, response) !== true) {
      backend(options.folder, request, response);
    }
  });
  server.listen(0, options.address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = (name: string): string => `http://${options.address}:${port}/${name}.git`;
  return {
    url,
    create: (name) => {
      const path = join(options.folder, `${name}.git`);
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
      // A server that knows commits by their hash, as the large hosts do.
      execFileSync('git', ['-C', path, 'config', 'uploadpack.allowAnySHA1InWant', 'true']);
      execFileSync('git', ['-C', path, 'config', 'http.receivepack', 'true']);
      return url(name);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function passwordOf(request: IncomingMessage): string | undefined {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(value, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

/** One request through the CGI program (RFC 3875). */
function backend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'git',
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    child.stdout.removeListener('data', onData);
    const fields = head.subarray(0, end).toString().split('\r\n');
    let status = 200;
    for (const field of fields) {
      const [name = '', value = ''] = field.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', onData);
  child.once('close', () => {
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  });
}
