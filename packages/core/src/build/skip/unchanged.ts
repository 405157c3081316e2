import * as z from 'zod';
import { familiarImage, parseImage } from '../../config/image-reference.ts';
import type { Project } from '../../config/model.ts';
import { type BatchRequest, parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { engineLines } from '../../docker/cli-lines.ts';
import { registryOfImage } from '../../registry/credentials.ts';
import { registryAuthHeader } from '../../registry/docker-config.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { repositoryOf } from '../drivers/arguments.ts';
import type { BuildRecord } from './record.ts';

/** The image that a new build would give again. */
export interface UnchangedImage {
  /** Whether the registry has it under every wanted name. */
  readonly isTagged: boolean;
}

const imageAnswer = z.lazy(() => z.looseObject({ RepoTags: z.array(z.string()).nullish() }));
const distributionAnswer = z.lazy(() => z.looseObject({ Descriptor: z.looseObject({ digest: z.string() }) }));

/**
 * Whether the images the last build was made from are still what their names stand for, and its own image is still there; in one turn. The image gets the
 * wanted names on the server where it lacks them. undefined: it has to be built.
 *
 * @param names Wanted names, with their tags.
 * @param inRegistry Whether they are names in a registry.
 */
export async function unchangedImage(
  server: Server,
  project: Project,
  {
    record,
    names,
    inRegistry,
  }: { readonly record: BuildRecord; readonly names: readonly string[]; readonly inRegistry: boolean },
  signal: AbortSignal,
): Promise<UnchangedImage | undefined> {
  if (record.bases === undefined) return undefined;
  const bases = Object.entries(record.bases).filter(([name]) => !name.includes('@'));
  // In the engine the image must still be; in a registry some name or the digest itself must stand for it.
  const requests: BatchRequest[] = [
    record.isInEngine
      ? { path: `/images/${record.imageId}/json` }
      : distributionOf(project, `${repositoryOf(names[0] ?? '')}@${record.imageId}`),
    ...[...bases.map(([name]) => name), ...(inRegistry ? names : [])].map((name) => distributionOf(project, name)),
  ];
  const { text } = await askEngine(server, requests, { purpose: 'Looking for the image of the last build', signal });
  const [image, ...registries] = parseBatch(text);
  if (image?.status !== 200) return undefined;
  const digests = registries.map(({ status, body }) =>
    status === 200 ? distributionAnswer.safeParse(body).data?.Descriptor.digest : undefined,
  );
  if (bases.some(([, digest], index) => digests[index] !== digest)) return undefined;
  if (record.isInEngine) {
    const present = imageAnswer.safeParse(image.body).data?.RepoTags ?? [];
    const missing = names.filter((name) => !present.includes(familiar(name)));
    if (missing.length > 0) await nameImage(server, record.imageId, missing, signal);
  }
  const expected = record.isInEngine ? record.pushed : record.imageId;
  const isThere = digests.slice(bases.length).every((digest) => digest === expected);
  return { isTagged: inRegistry && expected !== undefined && isThere };
}

function distributionOf(project: Project, name: string): BatchRequest {
  const auth = registryAuthHeader(registryOfImage(project.registries, name));
  return { path: `/distribution/${name}/json`, headers: auth === undefined ? {} : { 'X-Registry-Auth': auth } };
}

function familiar(name: string): string {
  const parsed = parseImage(name);
  return parsed === undefined ? name : familiarImage(parsed);
}

async function nameImage(server: Server, id: string, names: readonly string[], signal: AbortSignal): Promise<void> {
  const lines = names.map((name) => `docker tag ${id} ${quote(name)} || exit 1`);
  const purpose = 'Naming the image of the last build';
  await server.script(`${engineLines(server.account)}\n${lines.join('\n')}`, { purpose, repeatable: true, signal });
}
