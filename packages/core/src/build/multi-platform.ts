import { parseImage } from '../config/image-reference.ts';
import type { BuildSpec, Project, ServiceSpec } from '../config/model.ts';
import { isReachedOverSsh } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { RegistryClient } from '../registry/client.ts';
import { registryOfImage } from '../registry/credentials.ts';
import { indexOf, type Part } from '../registry/index-manifest.ts';
import { together } from '../together.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import { imageNames } from './names.ts';
import { buildOnServer } from './on-server.ts';
import type { Assignment } from './placement/plan.ts';

export interface PlatformsTask extends Omit<BuildRequest, 'service' | 'followUp' | 'output'> {
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  readonly assignments: readonly Assignment[];
}

/**
 * Builds each platform on its server, side by side, and joins what they have pushed in one index. Nothing has a tag before all are there; when one fails, the
 * others are ended. Throws what buildService throws.
 */
export async function buildForPlatforms(context: Context, task: PlatformsTask): Promise<BuildResult> {
  const { project, service, assignments } = task;
  if (service.image === undefined) {
    const what = `services.${service.name}.build.platforms names several platforms, and there is no registry to join their images in.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, {
      hint: `Name a repository under services.${service.name}.image, or one platform.`,
      at: service.at,
    });
  }
  const builds = assignments.map(({ server, platform }) => {
    const platforms = platform === undefined ? undefined : [platform];
    return (part: Context) => buildOnServer(part, { ...task, server, platforms, output: 'push-by-digest' });
  });
  const built = await together<BuildResult[]>(context, builds);
  const [first] = built;
  if (first === undefined) throw new DrayageError('INTERNAL_BUG', `No platform of ${service.name} was built.`);
  const digest = await context.report.phase(`Join ${built.length} platforms of ${service.name}`, async (phase) => {
    const joined = await join(context, project, service, built);
    phase.note(
      built.map(({ platforms, server, digest }) => `${platforms.join(', ')} of ${server}: ${digest}`).join('\n'),
    );
    phase.note(`together ${joined}`);
    return joined;
  });
  const commit = first.sourceCommit === task.git.sha ? task.git : { sha: first.sourceCommit };
  const names = imageNames({ project, service, commit, uniqueTag: digest.slice('sha256:'.length, 19) });
  return {
    image: names[0],
    names,
    imageId: digest,
    digest,
    sourceCommit: first.sourceCommit,
    platforms: built.flatMap(({ platforms }) => platforms),
    user: first.user,
    server: first.server,
    remember: async (pushed = digest) => {
      await Promise.all(built.map((part) => part.remember(pushed)));
    },
  };
}

/** Puts the index into the repository, without a tag; returns its digest. */
async function join(
  context: Context,
  project: Project,
  service: ServiceSpec,
  built: readonly BuildResult[],
): Promise<string> {
  const { image = '' } = service;
  const path = parseImage(image)?.repository ?? '';
  const through = built[0]?.server ?? '';
  await using client = new RegistryClient(registryOfImage(project.registries, image), {
    signal: context.signal,
    // A server that has pushed there reaches the registry for certain; this machine may not.
    dial: isReachedOverSsh(project, service, through)
      ? async (host, port) => (await context.connect(through)).dial(host, port)
      : undefined,
  });
  await client.prepare(path, 'pull,push');
  const parts: Part[] = [];
  for (const { digest = '', platforms } of built) {
    const manifest = await client.manifest(path, digest);
    if (manifest === undefined) {
      throw new DrayageError('IMAGE_NOT_FOUND', `The registry has no ${image}@${digest}, which was pushed.`, {
        hint: 'Something removes images there while builds run. Run again.',
      });
    }
    parts.push({ platform: platforms[0] ?? '', manifest });
  }
  const index = indexOf(parts);
  await client.tag(path, index, index.digest);
  return index.digest;
}
