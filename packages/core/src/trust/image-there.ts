import { parseImage } from '../config/image-reference.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { RegistryClient } from '../registry/client.ts';
import type { SignatureRequest } from './sign.ts';

/**
 * cosign 3 says "no signatures found" of a registry that does not answer, too. Throws SIGNATURE_UNCHECKED where the image itself cannot be found: then nothing is
 * known of its signatures.
 */
export async function requireImage(context: Context, { service, image, access }: SignatureRequest): Promise<void> {
  const { repository = '', digest = '' } = parseImage(image) ?? {};
  const { through } = access;
  await using client = new RegistryClient(access.registry, {
    signal: context.signal,
    retries: 1,
    dial: through === undefined ? undefined : async (host, port) => (await context.connect(through)).dial(host, port),
  });
  const what = `The signature of ${service.name} (${image}) could not be checked`;
  const found = await client.digest(repository, digest).catch((cause: unknown) => {
    if (!(cause instanceof DrayageError) || context.signal.aborted) throw cause;
    throw new DrayageError('SIGNATURE_UNCHECKED', `${what}: ${cause.message}`, { hint: cause.hint, cause });
  });
  if (found !== undefined) return;
  throw new DrayageError('SIGNATURE_UNCHECKED', `${what}: the registry has no such image.`, {
    hint: 'Check its spelling, and that the step that builds and pushes it has run.',
  });
}
