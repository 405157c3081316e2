import { parseImage } from '../config/image-reference.ts';
import type { Project } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { RegistryClient } from '../registry/client.ts';
import { registryOfImage } from '../registry/credentials.ts';
import { readImage } from '../registry/image-config.ts';
import type { Server } from '../transport/server.ts';

export interface PushedQuestion {
  readonly project: Project;
  /** A name in the repository. */
  readonly name: string;
  readonly digest: string;
  /** A server that reaches the registry for certain; this machine may not. */
  readonly through?: Pick<Server, 'dial'>;
}

/** Platforms and user of an image that a build has pushed, as the registry has it. Throws REGISTRY_* and IMAGE_NOT_FOUND. */
export async function readPushed(
  { signal }: Context,
  { project, name, digest, through }: PushedQuestion,
): Promise<{ readonly platforms: readonly string[]; readonly user: string }> {
  const registry = registryOfImage(project.registries, name);
  const path = parseImage(name)?.repository ?? '';
  const dial = through === undefined ? undefined : (host: string, port: number) => through.dial(host, port);
  await using client = new RegistryClient(registry, { signal, dial });
  const images = await readImage(client, path, digest);
  const [first] = images;
  if (first !== undefined) return { platforms: images.map(({ platform }) => platform), user: first.user };
  throw new DrayageError(
    'IMAGE_NOT_FOUND',
    `Registry ${registry.host} has no image ${path}@${digest}, which was pushed.`,
    {
      hint: 'Something removes images there while builds run. Run again.',
    },
  );
}
