import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Offer, offerImage } from '../../../packages/core/src/registry/offer.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const blob = `sha256:${'b'.repeat(64)}`;
const broken = `sha256:${'e'.repeat(64)}`;
const content = Buffer.from('0123456789');
const seen: string[] = [];

let offer: Offer;
let base: string;
const listener = createServer((socket) => offer.accept(socket));

beforeAll(async () => {
  offer = offerImage(
    {
      manifests: new Map([
        [digest, { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: Buffer.from('{}') }],
      ]),
      blobs: new Map([
        [blob, { size: content.length, open: async (from: number) => Readable.from([content.subarray(from)]) }],
        [broken, { size: 5, open: () => Promise.reject(new Error('the disk is gone')) }],
      ]),
    },
    {
      onBegin: (_, from) => seen.push(`from ${from}`),
      onBytes: (_, count) => seen.push(`${count} bytes`),
      onFailure: (_, error) => seen.push(error.message),
    },
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v2`;
});
afterAll(() => {
  offer.close();
  listener.close();
});

describe('a registry for one image', () => {
  it('says that it is one, and gives the manifest by digest', async () => {
    expect((await fetch(`${base}/`)).headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    const answer = await fetch(`${base}/shop/web/manifests/${digest}?ns=here`);
    expect(answer.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
    expect(await answer.text()).toBe('{}');
  });

  it('gives a blob whole, or from an offset on, and tells who watches', async () => {
    seen.length = 0;
    const whole = await fetch(`${base}/web/blobs/${blob}`);
    expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
    const rest = await fetch(`${base}/web/blobs/${blob}`, { headers: { range: 'bytes=4-' } });
    expect([rest.status, rest.headers.get('content-range'), await rest.text()]).toEqual([
      206,
      'bytes 4-9/10',
      '456789',
    ]);
    const head = await fetch(`${base}/web/blobs/${blob}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect(seen).toEqual(['from 0', '10 bytes', 'from 4', '6 bytes']);
    const beyond = await fetch(`${base}/web/blobs/${blob}`, { headers: { range: 'bytes=11-' } });
    expect(beyond.status).toBe(416);
  });

  it('has nothing else, and takes nothing', async () => {
    for (const path of [
      '/web/manifests/latest',
      `/web/manifests/${blob}`,
      `/web/blobs/${digest}`,
      '/_catalog',
      '/../etc',
    ])
      expect((await fetch(`${base}${path}`)).status).toBe(404);
    expect((await fetch(`${base}/web/blobs/uploads/`, { method: 'POST' })).status).toBe(405);
  });

  it('breaks off what it cannot read to the end, and says why', async () => {
    seen.length = 0;
    await expect(fetch(`${base}/web/blobs/${broken}`).then((answer) => answer.text())).rejects.toThrow();
    expect(seen).toEqual(['from 0', 'the disk is gone']);
  });
});
