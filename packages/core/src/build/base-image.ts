import { familiarImage, parseImage } from '../config/image-reference.ts';
import type { RegistrySpec } from '../config/model.ts';
import { registryOf } from '../registry/credentials.ts';

/**
 * What helps where a registry refuses a base image: it depends on whether credentials are declared for just that registry.
 *
 * @param reason BuildKit's: "…: failed to resolve source metadata for docker.io/acme/base:1: …".
 */
export function baseImageHint(reason: string, registries: Readonly<Record<string, RegistrySpec>>): string | undefined {
  const [, name = ''] = /failed to resolve source metadata for (\S+?):? /.exec(reason) ?? [];
  const image = parseImage(name);
  if (image === undefined) return undefined;
  const key = `registries."${image.registry}"`;
  // BuildKit adds the tag that was left out.
  const short = familiarImage({ ...image, tag: image.tag === 'latest' ? undefined : image.tag });
  const registry = registryOf(registries, image.registry);
  if (registry?.username === undefined) {
    return `${short} is private or does not exist. Check its name; if it is private, declare username and password under ${key}: that of another registry is never sent there.`;
  }
  return `It was asked for as user ${registry.username}. Check the secret behind ${key}.password, and that this user may read ${short}.`;
}
