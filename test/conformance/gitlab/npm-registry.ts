import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startService } from '../../lab/service.ts';

/** An npm registry of this machine that knows no other one: what is not published here does not exist. */
export interface NpmRegistry {
  readonly url: string;
  /** By npm's own client, as a release does it. */
  publish(tarball: string): Promise<void>;
}

/** Starts Verdaccio from the folder of conformance tools; it ends with the lab of that name. */
export async function startNpmRegistry(modules: string, lab: string, folder: string): Promise<NpmRegistry> {
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'verdaccio.json');
  const url = `http://127.0.0.1:${await freePort()}/`;
  writeFileSync(
    configuration,
    JSON.stringify({
      storage: join(folder, 'storage'),
      web: { enable: false },
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      packages: { '**': { access: '$all', publish: '$anonymous' } },
      log: { type: 'stdout', format: 'pretty', level: 'warn' },
      listen: url,
    }),
  );
  await startService({
    lab,
    name: 'npm-registry',
    argv: [process.execPath, join(modules, 'verdaccio', 'bin', 'verdaccio'), '--config', configuration],
    env: { HOME: folder },
    ready: async () => (await fetch(new URL('-/ping', url))).ok,
  });
  return {
    url,
    publish: async (tarball) => {
      // npm asks for a token before it publishes anything; the registry here looks at none.
      const token = `--${url.slice('http:'.length)}:_authToken=none`;
      const args = ['publish', tarball, '--registry', url, token, '--loglevel=error', '--ignore-scripts'];
      const env = { PATH: process.env.PATH, HOME: folder, npm_config_cache: join(folder, 'npm') };
      await promisify(execFile)('npm', args, { cwd: folder, env });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}
