import type { ImageInspectInfo } from 'dockerode';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Engine } from './client.ts';
import { messageOf, statusOf } from './failure.ts';
import { asReadable, jsonLines } from './progress.ts';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  /** `host[:port]` of the registry. */
  readonly registry: string;
}

export interface PullOptions {
  readonly login?: RegistryLogin;
  /** `os/arch[/variant]`; the engine's own by default. */
  readonly platform?: string;
  /** Called for each layer as it moves: what happens to which layer, and bytes where they are known. */
  readonly onProgress?: (progress: { layer: string; status: string; done?: number; total?: number }) => void;
}

/** undefined where the engine has no such image. */
export async function inspectImage(engine: Engine, reference: string): Promise<ImageInspectInfo | undefined> {
  return engine.call(`Inspecting image ${reference}`, async (docker) => {
    try {
      return await docker.getImage(reference).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/**
 * Pulls one image, named by tag or digest. The password travels in the request's header (X-Registry-Auth), not in any
 * command line. Throws IMAGE_NOT_FOUND, REGISTRY_DENIED, REGISTRY_RATE_LIMITED, REGISTRY_UNREACHABLE, DISK_FULL or DOCKER_FAILED.
 */
export async function pullImage(engine: Engine, reference: string, options: PullOptions = {}): Promise<void> {
  const { login, platform, onProgress } = options;
  const what = `Pulling ${reference}`;
  const work = async () => {
    const stream = await engine.call(
      what,
      (docker) =>
        docker.createImage(
          login === undefined
            ? {}
            : { username: login.username, password: login.password, serveraddress: login.registry },
          { fromImage: withTag(reference), ...(platform === undefined ? {} : { platform }) },
        ),
      { timeout: 0 },
    );
    for await (const line of jsonLines(asReadable(stream))) {
      if (typeof line.error === 'string') throw new Error(line.error);
      const detail = (line.progressDetail ?? {}) as { current?: number; total?: number };
      if (typeof line.id === 'string' && typeof line.status === 'string') {
        onProgress?.({ layer: line.id, status: line.status, done: detail.current, total: detail.total });
      }
    }
  };
  await work().catch((error: unknown) => {
    throw explainPull(engine.server.name, reference, error);
  });
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? reference : `${reference}:latest`;
}

/** Registries and engines say the same in many words; these are the ones seen. */
const known = [
  [/no matching manifest/i, 'IMAGE_NOT_FOUND', 'has no variant for the platform of this server'],
  [
    /manifest unknown|not found|name unknown|repository does not exist/i,
    'IMAGE_NOT_FOUND',
    'does not exist in its registry',
  ],
  [
    /toomanyrequests|rate limit/i,
    'REGISTRY_RATE_LIMITED',
    'is withheld: the registry limits how often it may be pulled',
  ],
  [
    /unauthorized|no basic auth|denied|authentication required|forbidden/i,
    'REGISTRY_DENIED',
    'is refused by its registry',
  ],
  [/no space left/i, 'DISK_FULL', 'does not fit: the disk of the server is full'],
  [
    /dial tcp|lookup|timeout|connection refused|EOF|x509|tls:/i,
    'REGISTRY_UNREACHABLE',
    'cannot be fetched: its registry does not answer this server',
  ],
] as const;

function explainPull(serverName: string, reference: string, error: unknown): DrayageError {
  if (error instanceof DrayageError && error.code !== 'DOCKER_FAILED') return error;
  const said = error instanceof DrayageError ? messageOf(error.cause) : messageOf(error);
  const [, code, clause] = known.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    'DOCKER_FAILED',
    'cannot be pulled',
  ];
  return new DrayageError(code, `Image ${reference} ${clause} (${serverName}): ${said}`, {
    hint:
      code === 'REGISTRY_DENIED'
        ? 'Give user name and password for the registry, and check that they may pull.'
        : undefined,
    cause: error,
  });
}
