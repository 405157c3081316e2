import type { Context } from '../context.ts';
import { engineLines } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { isSameRepository } from '../registry/hosts.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import type { Wanted } from './immutable.ts';
import type { Destination } from './plan.ts';

/** What the build server knows of an image, with the digests it was pushed or pulled by in this repository. Throws IMAGE_NOT_FOUND. */
export async function inspectImage(
  context: Context,
  server: Server,
  image: string,
  { repository }: Destination,
  service: string,
): Promise<Wanted> {
  const text = `${engineLines(server.account)}
docker image inspect --format '{{.Id}}{{range .RepoDigests}}{{println}}{{.}}{{end}}' ${quote(image)}`;
  const purpose = `Looking for image ${image}`;
  const inspected = await server.script(text, { purpose, accept: 'any', signal: context.signal });
  if (/No such (?:image|object)/i.test(inspected.stderr)) {
    throw new DrayageError('IMAGE_NOT_FOUND', `${server.name} has no image ${image}.`, {
      hint: `Build it first: drayage build-remote --service ${service}`,
    });
  }
  const [imageId, ...names] = inspected.stdout.split('\n');
  const digests = names
    .filter((line) => line.includes('@') && isSameRepository(line, repository))
    .map((line) => line.slice(line.indexOf('@') + 1));
  return { imageId, digests };
}
