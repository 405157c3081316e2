import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The large files of git repositories, by the rules of git-lfs (docs/api/batch.md, basic transfers). */
export interface LfsServer {
  /** Keeps a content, and gives the text that stands for it in the repository (docs/spec.md). One that stalls stops in its middle. */
  put(content: string, stalls?: boolean): string;
  /** Requests of the batch API so far. */
  readonly batches: () => number;
  readonly downloads: () => number;
  /** Repositories that get no answer when they ask what there is. */
  readonly silent: Set<string>;
  /** Answers a request, where it is one of git-lfs. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

interface Batch {
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
}

export function lfsServer(): LfsServer {
  const objects = new Map<string, { readonly bytes: Buffer; readonly stalls: boolean }>();
  const silent = new Set<string>();
  let batches = 0;
  let downloads = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { objects: wanted } = JSON.parse(Buffer.concat(chunks).toString()) as Batch;
    // As GitLab does it: what opened this request opens the files.
    const header = { Authorization: request.headers.authorization };
    const found = wanted.map(({ oid, size }) => {
      const href = `http://${request.headers.host}/objects/${oid}`;
      return objects.has(oid)
        ? { oid, size, actions: { download: { href, header } } }
        : { oid, size, error: { code: 404, message: 'Object does not exist' } };
    });
    response.setHeader('content-type', 'application/vnd.git-lfs+json');
    response.end(JSON.stringify({ transfer: 'basic', objects: found }));
  };

  return {
    silent,
    put: (content, stalls = false) => {
      const bytes = Buffer.from(content);
      const oid = createHash('sha256').update(bytes).digest('hex');
      objects.set(oid, { bytes, stalls });
      return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`;
    },
    batches: () => batches,
    downloads: () => downloads,
    handle: (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://lfs');
      if (pathname.endsWith('/info/lfs/objects/batch')) {
        batches += 1;
        if (!silent.has(pathname.split('/')[1] ?? '')) void answer(request, response);
        return true;
      }
      const [, oid = ''] = /^\/objects\/([0-9a-f]{64})$/.exec(pathname) ?? [];
      const found = objects.get(oid);
      if (found === undefined) return false;
      const { bytes, stalls } = found;
      downloads += 1;
      response.setHeader('content-length', bytes.length);
      if (stalls) response.write(bytes.subarray(0, bytes.length >> 1));
      else response.end(bytes);
      return true;
    },
  };
}
