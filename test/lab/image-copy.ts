import type { IncomingMessage } from 'node:http';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { LabError } from './command.ts';

interface Place {
  /** Base address of the registry. */
  url: string;
  /** Repository and tag. */
  image: string;
  username?: string;
  password?: string;
  ca?: string;
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** Copies an image between two registries by the OCI distribution API, and returns the manifest's digest. */
export async function copyImage(copy: { from: Place; to: Place }): Promise<string> {
  const from = split(copy.from.image);
  const to = split(copy.to.image);
  const manifest = await call(copy.from, 'GET', `/v2/${from.repository}/manifests/${from.tag}`, {
    accept: manifestType,
  });
  const parsed = JSON.parse(manifest.body.toString()) as { config: { digest: string }; layers: { digest: string }[] };
  for (const { digest } of [parsed.config, ...parsed.layers]) {
    const present = await call(copy.to, 'HEAD', `/v2/${to.repository}/blobs/${digest}`, {}, undefined, [200, 404]);
    if (present.status === 200) continue;
    const blob = await call(copy.from, 'GET', `/v2/${from.repository}/blobs/${digest}`);
    const upload = await call(copy.to, 'POST', `/v2/${to.repository}/blobs/uploads/`);
    const location = new URL(upload.headers.location ?? '', copy.to.url);
    location.searchParams.set('digest', digest);
    const type = { 'content-type': 'application/octet-stream' };
    await call(copy.to, 'PUT', `${location.pathname}${location.search}`, type, blob.body);
  }
  const type = { 'content-type': manifestType };
  const put = await call(copy.to, 'PUT', `/v2/${to.repository}/manifests/${to.tag}`, type, manifest.body);
  return String(put.headers['docker-content-digest']);
}

function split(image: string): { repository: string; tag: string } {
  const colon = image.lastIndexOf(':');
  return colon < 0
    ? { repository: image, tag: 'latest' }
    : { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

function call(
  place: Place,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
  expected: number[] = [200, 201, 202],
): Promise<Answer> {
  const send = place.url.startsWith('https:') ? secure : plain;
  const auth = place.username === undefined ? undefined : `${place.username}:${place.password}`;
  return new Promise((resolve, reject) => {
    const request = send(new URL(path, place.url), { method, headers, auth, ca: place.ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        const answer = { status, headers: response.headers, body: Buffer.concat(chunks) };
        if (expected.includes(status)) resolve(answer);
        else reject(new LabError(`${method} ${place.url}${path} answered ${status}: ${answer.body.toString()}`));
      });
    });
    request.on('error', reject).end(body);
  });
}
