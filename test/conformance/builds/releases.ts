import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { basename, dirname } from 'node:path';
import { releases, type Tool } from '../../../packages/core/src/tools/catalogue.ts';

/** Stands in for the host that serves releases: the same paths, the same archives, with programs compiled here. */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Serves a program as the release of a tool for amd64. */
  add(tool: Tool, program: string): void;
  /** Changes what a path holds. */
  put(path: string, content: Buffer): void;
}

/** @param address Where the build servers of a lab reach this machine. */
export async function startReleaseServer(address: string): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    asked.push(path);
    const content = files.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `http://${address}:${port}`,
    asked,
    add: ({ name, version }, program) => {
      const { archive, checksums } = releases[name];
      const path = archive(version, 'amd64');
      const argv = [
        '-C',
        dirname(program),
        `--transform=s,^${basename(program)}$,${name},`,
        '-czf',
        '-',
        basename(program),
      ];
      const content = execFileSync('tar', argv, { maxBuffer: 1 << 28 });
      const line = `${createHash('sha256').update(content).digest('hex')}  ${basename(path)}\n`;
      files.set(path, content);
      files.set(checksums?.(version, 'amd64') ?? `${path}.sha256`, Buffer.from(line));
    },
    put: (path, content) => void files.set(path, content),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
