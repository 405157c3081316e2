import type { RegistrySpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { type PrivateFolder, type Programs, programsOf } from '../programs.ts';
import { credentialsOf } from '../registry/credentials.ts';
import { dockerConfig } from '../registry/docker-config.ts';
import { apiHost } from '../registry/hosts.ts';
import { dialHere, startTunnel, type Tunnel } from './tunnel.ts';

/** How the tools come to a registry: for as long as it is not disposed of. */
export interface Access extends AsyncDisposable {
  readonly registry: RegistrySpec;
  /** Says where the credentials are, and the proxy; the credentials themselves are not in it. */
  readonly env: Readonly<Record<string, string>>;
  /** File with the authority the registry is signed by. */
  readonly ca?: string;
  readonly folder: PrivateFolder;
  /** The server by whose connections the registry is reached, where this machine does not reach it itself. */
  readonly through?: string;
}

/** Milliseconds. A firewall that drops gives no answer at all. */
const patience = 3000;

/**
 * Makes a registry accessible to tools on this machine: credentials in a file of mode 0600 that only the tool is told of, its own
 * authority, and a way through one of `servers` where there is no direct one. Registries without declared credentials are
 * accessed as whoever runs this would access them.
 */
export async function openAccess(
  context: Context,
  registry: RegistrySpec,
  servers: readonly string[],
): Promise<Access> {
  const programs = await programsOf(context);
  const folder = await programs.folder();
  try {
    const env: Record<string, string> = {};
    if (credentialsOf(registry) !== undefined) {
      await folder.write('config.json', dockerConfig([registry]));
      env.DOCKER_CONFIG = folder.path;
    }
    const ca = registry.ca === undefined ? undefined : await folder.write('registry-ca.pem', registry.ca);
    const way = usesProxy(registry, programs) ? undefined : await wayThrough(context, registry, servers);
    if (way !== undefined) {
      const { url } = way.tunnel;
      Object.assign(env, { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: '', no_proxy: '' });
    }
    return {
      registry,
      env,
      ca,
      folder,
      through: way?.server,
      [Symbol.asyncDispose]: async () => {
        await way?.tunnel[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** undefined where this machine reaches the registry itself, or nobody does: the tool then says why it cannot. */
async function wayThrough(
  context: Context,
  registry: RegistrySpec,
  servers: readonly string[],
): Promise<{ server: string; tunnel: Tunnel } | undefined> {
  const { host, port } = addressOf(registry);
  if (await isReachable(host, port)) return undefined;
  const name = await serverThatReaches(context, servers, host, port);
  if (name === undefined) return undefined;
  const server = await context.connect(name);
  const tunnel = await startTunnel((wanted, at) =>
    // Only the registry is the server's business; databases and logs are fetched from here.
    wanted === host && at === port ? server.dial(wanted, at) : dialHere(wanted, at, 10_000),
  );
  return { server: name, tunnel };
}

/** Where the registry's HTTP API is. */
function addressOf({ host, insecure }: RegistrySpec): { host: string; port: number } {
  const url = new URL(`http://${apiHost(host)}`);
  const usual = insecure ? 80 : 443;
  const explicit = /:(\d+)$/.exec(apiHost(host))?.[1];
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: explicit === undefined ? usual : Number(explicit),
  };
}

/** A proxy of this machine's own is the way out of it, and cannot be tried by a plain connection. */
function usesProxy({ insecure }: RegistrySpec, { variable }: Programs): boolean {
  const name = insecure ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  return variable(name) !== undefined || variable(name.toLowerCase()) !== undefined;
}

async function isReachable(host: string, port: number): Promise<boolean> {
  try {
    (await dialHere(host, port, patience)).destroy();
    return true;
  } catch {
    return false;
  }
}

async function serverThatReaches(
  context: Context,
  servers: readonly string[],
  host: string,
  port: number,
): Promise<string | undefined> {
  for (const name of servers) {
    context.signal.throwIfAborted();
    try {
      (await (await context.connect(name)).dial(host, port)).destroy();
      return name;
    } catch {
      context.signal.throwIfAborted();
    }
  }
  return undefined;
}
