import { isGated, isSigned } from '../config/gates.ts';
import { familiarImage, formatImage, parseImage } from '../config/image-reference.ts';
import type { Project, RegistrySpec, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { RegistryClient } from '../registry/client.ts';
import { registryOfImage } from '../registry/credentials.ts';
import { type Access, openAccess } from './access.ts';
import { scanImage } from './scan.ts';
import { signImage, verifyImage } from './sign.ts';

export interface TrustRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  /** `repository@sha256:…`, `repository:tag`, or the `sha256:…` of an image that only servers have. */
  readonly image: string;
  /** Sign it first: it was pushed just now. */
  readonly fresh?: boolean;
}

/**
 * Lets an image through what the service puts before a deployment: its signature is verified, then it is scanned. Returns
 * the image by its digest: what was looked at, and the only thing that may be deployed now. Throws SIGNATURE_INVALID, SIGNATURE_UNCHECKED,
 * SCAN_FINDINGS, SCAN_FAILED, SIGN_FAILED, REGISTRY_*, and what programs throw; nothing has changed then.
 */
export async function clearImage(context: Context, request: TrustRequest): Promise<string> {
  const { project, service, fresh } = request;
  const { scan, sign } = service;
  const servers = serversOf(service);
  const isLocal = /^sha256:/.test(request.image);
  const registry = isLocal ? undefined : registryOfImage(project.registries, request.image);
  const image = registry === undefined ? request.image : await pinned(context, request.image, registry, servers);
  if (isGated(service) || (fresh === true && isSigned(service))) {
    await using access = registry && (await openAccess(context, registry, servers));
    if (access !== undefined && sign !== undefined) {
      const signature = { service, sign, image, access };
      if (fresh === true && isSigned(service)) await signImage(context, signature);
      if (sign.verify) await verifyImage(context, signature);
    } else if (sign?.verify === true) throw withoutRegistry(service, image);
    if (scan !== undefined) {
      const platforms = platformsOf(project, service);
      await scanImage(context, { service, scan, image, platforms, servers, access });
    }
  }
  return image;
}

/** Signs what was pushed just now, where the service says so. Throws SIGN_FAILED and what programs throw. */
export async function signPushed(context: Context, request: TrustRequest): Promise<void> {
  const { project, service, image } = request;
  if (service.sign === undefined || !isSigned(service)) return;
  const registry = registryOfImage(project.registries, image);
  await using access: Access = await openAccess(context, registry, serversOf(service));
  await signImage(context, { service, sign: service.sign, image, access });
}

/** What a tag stands for is asked once, here: the node gets the digest. */
async function pinned(
  context: Context,
  image: string,
  registry: RegistrySpec,
  servers: readonly string[],
): Promise<string> {
  const reference = parseImage(image);
  if (reference === undefined) throw new DrayageError('IMAGE_NOT_FOUND', `'${image}' is not the name of an image.`);
  const repository = familiarImage({ ...reference, tag: undefined, digest: undefined });
  if (reference.digest !== undefined) return `${repository}@${reference.digest}`;
  const [through] = servers;
  await using client = new RegistryClient(registry, {
    signal: context.signal,
    ...(through === undefined ? {} : { dial: async (host, port) => (await context.connect(through)).dial(host, port) }),
  });
  const digest = await client.digest(reference.repository, reference.tag ?? 'latest');
  if (digest !== undefined) return `${repository}@${digest}`;
  throw new DrayageError(
    'IMAGE_NOT_FOUND',
    `Image ${formatImage(reference)} does not exist in registry ${registry.host}.`,
    {
      hint: 'Check its spelling, and that the step that builds and pushes it has run.',
    },
  );
}

/** Those that may reach its registry, or hold it: the builders first. */
function serversOf({ build, deploy }: ServiceSpec): readonly string[] {
  return [...new Set([...(build?.servers ?? []), ...deploy.servers])];
}

/** What a service runs on: what it is built for, or what its nodes say they are. */
function platformsOf(project: Project, { build, deploy }: ServiceSpec): readonly string[] {
  const ofNodes = deploy.servers.flatMap((name) => project.servers[name]?.platforms ?? []);
  const all = new Set(build?.platforms ?? ofNodes);
  return all.size === 0 ? ['linux/amd64'] : [...all];
}

function withoutRegistry(service: ServiceSpec, image: string): DrayageError {
  return new DrayageError(
    'SIGNATURE_INVALID',
    `Image ${image} of ${service.name} is in no registry, so nobody can have signed it.`,
    {
      hint: 'Give the image by its name in the registry, or remove sign.',
    },
  );
}
