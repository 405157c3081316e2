import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { passedOn } from './young-garbage.ts';

/** Content of a manifest or an index. */
export interface OfferedManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A configuration or a layer. */
export interface OfferedBlob {
  readonly size: number;
  /** Its bytes from an offset on. */
  open(from: number): Promise<Readable>;
}

/** An image, whole, for reading. Keys are digests. */
export interface OfferedImage {
  readonly manifests: ReadonlyMap<string, OfferedManifest>;
  readonly blobs: ReadonlyMap<string, OfferedBlob>;
}

/** Told what is fetched. */
export interface OfferWatch {
  onBegin(digest: string, from: number): void;
  onBytes(digest: string, count: number): void;
  /** A blob could not be read to its end, for a reason that is not the reader's. */
  onFailure(digest: string, error: Error): void;
}

/** A registry for one image, without a port of its own. */
export interface Offer {
  /** Serves a connection, wherever it comes from. */
  accept(stream: Duplex): void;
  /** Ends all connections. */
  close(): void;
}

/** Milliseconds that a connection without a request may stay; an engine keeps some for the layers to come. */
const idle = 60_000;

/**
 * The part of the OCI distribution specification (1.1, "Pull") that an engine needs to pull one image by digest: manifests
 * and blobs, whole or from an offset on, with which an engine goes on after a broken connection. Nothing can be written.
 */
export function offerImage(image: OfferedImage, watch: OfferWatch): Offer {
  const server = createServer({ keepAliveTimeout: idle, requestTimeout: 0 }, (request, response) => {
    answer(image, watch, request, response).catch(() => response.destroy());
  });
  const open = new Set<Duplex>();
  return {
    accept: (stream) => {
      open.add(stream);
      stream.on('error', () => undefined).once('close', () => open.delete(stream));
      server.emit('connection', stream);
    },
    close: () => {
      server.close();
      for (const stream of open) stream.destroy();
    },
  };
}

async function answer(
  { manifests, blobs }: OfferedImage,
  watch: OfferWatch,
  { url: target = '', method, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [url = ''] = target.split('?');
  const refuse = (status: number, code: string) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code, message: `${method} ${url}` }] }));
  };
  if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'UNSUPPORTED');
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (/^\/v2\/?$/.test(url)) return void response.end('{}');
  const [, kind, digest = ''] = /^\/v2\/.+\/(manifests|blobs)\/(sha256:[0-9a-f]{64})$/.exec(url) ?? [];
  const manifest = kind === 'manifests' ? manifests.get(digest) : undefined;
  const blob = kind === 'blobs' ? blobs.get(digest) : undefined;
  response.setHeader('docker-content-digest', digest);
  if (manifest !== undefined) {
    response.writeHead(200, { 'content-type': manifest.mediaType, 'content-length': manifest.bytes.length });
    return void response.end(method === 'HEAD' ? undefined : manifest.bytes);
  }
  if (blob === undefined) return refuse(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
  const { size } = blob;
  const from = offsetOf(headers.range);
  if (from > size) {
    response.setHeader('content-range', `bytes */${size}`);
    return refuse(416, 'RANGE_INVALID');
  }
  response.writeHead(headers.range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': size - from,
    'accept-ranges': 'bytes',
    ...(headers.range === undefined ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` }),
  });
  if (method === 'HEAD' || from === size) return void response.end();
  // The bytes may be long in coming; that the blob exists is known.
  response.flushHeaders();
  watch.onBegin(digest, from);
  let failure: Error | undefined;
  try {
    const bytes = await blob.open(from);
    bytes.once('error', (error) => {
      // Whoever fetches may go away at any time, and take the reading with it.
      if (!response.destroyed) failure = error;
    });
    if (response.destroyed) return void bytes.destroy();
    bytes.on('data', (chunk: Buffer) => {
      watch.onBytes(digest, chunk.length);
      passedOn(chunk.length);
    });
    await pipeline(bytes, response);
  } catch (error) {
    if (failure !== undefined || !response.destroyed) watch.onFailure(digest, failure ?? (error as Error));
    throw error;
  }
}

/** Engines ask for the rest of a blob: `bytes=N-`. Whatever else a range may be is answered as if it began at the start. */
function offsetOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
}
