import { familiarImage, parseImage } from '../config/image-reference.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { isLoopbackImage } from '../registry/loopback.ts';
import type { NodeFacts } from './facts.ts';

const imageId = /^sha256:[0-9a-f]{64}$/;

/** Checks the form of an image's name. Throws IMAGE_NOT_FOUND for text that can be none. */
export function checkImage(image: string): void {
  if (imageId.test(image) || parseImage(image) !== undefined) return;
  throw new DrayageError('IMAGE_NOT_FOUND', `'${image}' is not the name of an image.`, {
    hint: 'Expected `repository:tag`, `repository@sha256:…` or the `sha256:…` of an image on the node.',
  });
}

/** What the engine is asked about: a tag beside a digest says nothing, and engines refuse some requests with both. */
export function lookupName(image: string): string {
  const reference = parseImage(image);
  return reference?.digest === undefined
    ? image
    : `${familiarImage({ ...reference, tag: undefined, digest: undefined })}@${reference.digest}`;
}

/**
 * The image by what identifies it: `repository@sha256:…`, or `sha256:…` for one that only the node has. What a tag
 * stands for is asked of the registry by the node, now; a digest is taken as it is.
 */
export function pinImage(image: string, server: string, facts: NodeFacts): string {
  if (imageId.test(image)) {
    if (facts.image !== undefined) return image;
    throw new DrayageError('IMAGE_NOT_FOUND', `${server} has no image ${image}, and it has no registry to come from.`, {
      hint: 'Let the step that builds it hand it on (drayage up, or build-remote before deploy-service), or name a repository under `image`.',
    });
  }
  const reference = parseImage(image);
  if (reference === undefined) throw new DrayageError('IMAGE_NOT_FOUND', `'${image}' is not the name of an image.`);
  const { registry } = facts;
  const repository = familiarImage({ ...reference, tag: undefined, digest: undefined });
  if (reference.digest !== undefined) {
    // The engine would find out when it pulls; said now, nothing has begun yet.
    if (facts.image === undefined && 'error' in registry && isFinal(registry)) {
      throw registryRefusal(image, reference.registry, server, registry);
    }
    return `${repository}@${reference.digest}`;
  }
  if ('digest' in registry) return `${repository}@${registry.digest}`;
  throw registryRefusal(image, reference.registry, server, registry);
}

/**
 * An image that came to the nodes without a registry cannot be fetched again by them. Throws IMAGE_NOT_FOUND for a node that
 * does not have it any more.
 */
export function requireArrived(
  image: string,
  nodes: readonly { readonly server: { readonly name: string }; readonly facts: NodeFacts }[],
): void {
  const repository = parseImage(image)?.repository;
  if (repository === undefined || !isLoopbackImage(repository, image)) return;
  const lacking = nodes.filter(({ facts }) => facts.image === undefined).map(({ server }) => server.name);
  if (lacking.length === 0) return;
  throw new DrayageError(
    'IMAGE_NOT_FOUND',
    `${lacking.join(', ')} ${lacking.length > 1 ? 'do' : 'does'} not have ${image}, which comes from a build server over SSH and from no registry; nothing was changed.`,
    { hint: 'Check out the commit it was built of and run: drayage up' },
  );
}

function registryRefusal(image: string, registry: string, server: string, answer: { error: string; status: number }) {
  const said = answer.error === '' ? 'no reason given' : answer.error;
  // Engines answer 401 or 403 both for wrong credentials and for repositories that do not exist.
  if (/unauthorized|authentication required|no basic auth|denied/i.test(said) && !/not exist/i.test(said)) {
    return new DrayageError('REGISTRY_AUTH', `Registry ${registry} refused ${server} the image ${image}: ${said}.`, {
      hint: `Check \`registries: ${registry}:\` in drayage.yml: user name, and the secret its password comes from.`,
    });
  }
  if (/toomanyrequests|rate limit/i.test(said)) {
    return new DrayageError('REGISTRY_RATE_LIMITED', `Registry ${registry} limits requests of ${server}: ${said}.`);
  }
  if (answer.status === 404 || /manifest unknown|not found|name unknown|not exist/i.test(said)) {
    return new DrayageError('IMAGE_NOT_FOUND', `Image ${image} does not exist in registry ${registry}: ${said}.`, {
      hint: 'Check its spelling, and that the step that builds and pushes it has run.',
    });
  }
  return new DrayageError(
    'REGISTRY_UNREACHABLE',
    `${server} could not ask registry ${registry} for ${image}: ${said}.`,
  );
}

/** An answer of the registry, not a failure to reach it. */
function isFinal({ status, error }: { error: string; status: number }): boolean {
  return status === 401 || status === 403 || /manifest unknown|name unknown|unauthorized|denied/i.test(error);
}
