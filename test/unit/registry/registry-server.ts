import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

export const manifestBytes = Buffer.from('{"schemaVersion":2}');
export const manifestDigest = `sha256:${createHash('sha256').update(manifestBytes).digest('hex')}`;

type Handler = (request: IncomingMessage, response: ServerResponse, seen: number) => boolean;

/**
 * An HTTP server on loopback that speaks the distribution protocol for one image `acme/web:1`; `first` may answer before it, `seen`
 * counts the requests so far.
 */
export async function startRegistry(options: {
  readonly auth?: 'basic' | 'bearer';
  readonly first?: Handler;
}): Promise<AsyncDisposable & { host: string; requests: Recorded[] }> {
  const requests: Recorded[] = [];
  const tags = new Map([['1', manifestBytes]]);
  let host = '';
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push({ method, url, authorization: request.headers.authorization });
    if (options.first?.(request, response, requests.length) === true) return;
    if (url.startsWith('/token?')) {
      const known = request.headers.authorization === basic('ci', 'right');
      response.statusCode = known ? 200 : 401;
      return void response.end(known ? JSON.stringify({ token: 'the-token' }) : '{}');
    }
    const wanted = { basic: basic('ci', 'right'), bearer: 'Bearer the-token' };
    if (options.auth !== undefined && request.headers.authorization !== wanted[options.auth]) {
      const bearer = `Bearer realm="http://${host}/token",service="lab"`;
      response.setHeader('www-authenticate', options.auth === 'basic' ? 'Basic realm="lab"' : bearer);
      response.statusCode = 401;
      return void response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    }
    const [, tag = ''] = /^\/v2\/acme\/web\/manifests\/(.+)$/.exec(url) ?? [];
    if (method === 'PUT') {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => {
          tags.set(tag, Buffer.concat(chunks));
          response.statusCode = 201;
          response.end();
        });
      return;
    }
    if (url.startsWith('/v2/acme/web/tags/list')) return void listTags(url, response, [...tags.keys()]);
    if (url === '/v2/') return void response.end('{}');
    const bytes = tag === manifestDigest ? manifestBytes : tags.get(tag);
    if (bytes === undefined) {
      response.statusCode = 404;
      return void response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    }
    response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
    response.setHeader('docker-content-digest', `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    response.end(method === 'HEAD' ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { host, requests, [Symbol.asyncDispose]: stop };
}

/** One tag a page, to show that pages are followed. */
function listTags(url: string, response: ServerResponse, tags: readonly string[]): void {
  const last = new URL(url, 'http://x').searchParams.get('last');
  const index = last === null ? 0 : tags.indexOf(last) + 1;
  const tag = tags[index];
  if (index + 1 < tags.length) response.setHeader('link', `</v2/acme/web/tags/list?n=1&last=${tag}>; rel="next"`);
  response.end(JSON.stringify({ name: 'acme/web', tags: tag === undefined ? [] : [tag] }));
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
