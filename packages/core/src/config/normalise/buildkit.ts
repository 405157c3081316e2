import type { BuildkitSpec } from '../buildkit-spec.ts';
import { parseImage } from '../image-reference.ts';
import type { ParsedServer } from '../schema/project.ts';
import { secret } from '../secret.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

/** Published by the BuildKit project for each release, as `moby/buildkit:v<version>`. */
export const buildkitImage = 'moby/buildkit:v0.34.2';

/** Folder beside drayage.yml where setup writes the files that a client of a server's buildkitd needs. */
export function clientFolder(server: string): string {
  return `.drayage/buildkit-${server}`;
}

/** The files in it. */
export const clientFiles = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;

const parts = ['ca', 'cert', 'key'] as const;

export async function buildkitSpec(
  server: string,
  given: ParsedServer['buildkit'],
  reading: Reading,
): Promise<BuildkitSpec | undefined> {
  if (given === undefined) return undefined;
  const path = ['servers', server, 'buildkit'];
  const { address, image = buildkitImage } = given;
  const conflict = (key: string, message: string, hint?: string) =>
    reading.problems.error([...path, key], message, { what: 'key', code: 'CONFIG_CONFLICT', hint });
  for (const key of parts) {
    if (address === undefined && given[key] !== undefined)
      conflict(key, `${printPath(path)} has ${key} and no address; certificates are for a buildkitd with an address.`);
  }
  const known = parts.filter((key) => given[key] !== undefined);
  const [missing] = parts.filter((key) => given[key] === undefined);
  if (known.length > 0 && missing !== undefined)
    conflict(
      known[0] ?? '',
      `${printPath(path)} has ${known.join(' and ')} and no ${missing}; it needs all of ca, cert and key.`,
      'setup-build-server makes all three.',
    );
  if (parseImage(image) === undefined)
    reading.problems.error([...path, 'image'], `${printPath([...path, 'image'])} is "${image}"; expected an image.`);
  const read = async (key: (typeof parts)[number]) => {
    const text = given[key];
    if (text !== undefined) return reading.pem([...path, key], text);
    // What setup has written is found without being named.
    return known.length > 0 || address === undefined
      ? undefined
      : reading.own(`${clientFolder(server)}/${clientFiles[key]}`);
  };
  const [ca, cert, key] = await Promise.all(parts.map(read));
  if (key !== undefined) reading.masks.push(key);
  return {
    address,
    ca,
    cert,
    key: key === undefined ? undefined : secret(key),
    isNamed: known.length > 0,
    keepStorage: given['keep-storage'],
    maxParallelism: given['max-parallelism'],
    image,
  };
}
