import type { Placement } from '../build/placement/plan.ts';
import { buildRecordPath } from '../build/skip/record-path.ts';
import { recall } from '../build/skip/remember.ts';
import { type CheckoutFacts, wantedCommit } from '../build/sources/checkout.ts';
import { resolveRef } from '../build/sources/git-server.ts';
import type { Project, ServiceSpec, SourceSpec } from '../config/model.ts';
import { isReachedOverSsh } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { staysHere } from '../image/direct/plan.ts';
import type { Change } from '../service/diff.ts';
import { serviceStatus } from '../service/status.ts';

/** What a dry run can say of an image that has yet to be built. */
export interface ForeseenImage {
  /** The one that runs: the rest of the service is compared as if it stayed. undefined where none does. */
  readonly image?: string;
  /** The commit that would be built. */
  readonly commit?: string;
  /** What takes its place; undefined where the one that runs was built from the very same. */
  readonly change?: Change;
}

export interface ForeseenRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly git: CheckoutFacts;
  /** Where it would be built. */
  readonly placement?: Placement;
  /** Whether files of the checkout differ from its commit; undefined: not known. */
  readonly isDirty?: boolean;
}

/** A dry run builds nothing, so the digest of the next image is not known; but the commits that both are built from are. */
export async function foreseenImage(context: Context, request: ForeseenRequest): Promise<ForeseenImage> {
  const { project, service } = request;
  const { source } = service;
  const next = await nextSource(context, request);
  tellJourney(context, service);
  const nodes = await serviceStatus(context, { project, service: service.name });
  const current = nodes.find((node) => node.current !== undefined)?.current;
  const origin = originOf(source);
  if (current === undefined) {
    context.report.note(`${service.name}: an image would be built from ${origin}; its digest is not known before.`);
    return { commit: next.commit };
  }
  const differs = imageChange(current.commit, next);
  const change = differs && (await isStanding(context, request, next, current.pinnedImage)) ? undefined : differs;
  context.report.note(
    change === undefined
      ? `${service.name}: what runs was built from ${short(next.commit)}, as it stands in ${origin}.`
      : `${service.name}: a new image would be built from ${origin}; its digest is not known before.`,
  );
  return { image: current.pinnedImage, commit: next.commit, change };
}

/**
 * Whether the last `up` of this commit found the running image to be the one a build would give: a commit that leaves the source as it was changes nothing that
 * runs. Of an image for several platforms each part says so, on the server that builds it.
 */
async function isStanding(
  context: Context,
  { project, service, placement }: ForeseenRequest,
  { commit, isExact }: NextSource,
  running: string,
): Promise<boolean> {
  const assignments = placement?.assignments ?? [];
  const isTold =
    assignments.length > 0 && assignments.every(({ server }) => isReachedOverSsh(project, service, server));
  if (!isExact || commit === undefined || !isTold) return false;
  const records = await Promise.all(
    assignments.map(async ({ server, platform }) => {
      const part = assignments.length > 1 && platform !== undefined ? [platform] : [];
      return recall(await context.connect(server), buildRecordPath(project, service, part), context.signal);
    }),
  );
  return records.every((record) => record?.last === commit && running.endsWith(record.pushed ?? record.imageId));
}

/** Without a registry the image goes over SSH. */
function tellJourney(context: Context, { name, image, build, deploy }: ServiceSpec): void {
  const [builder = ''] = build?.servers ?? [];
  if (image !== undefined || staysHere(builder, deploy.servers)) return;
  const places = deploy.servers.join(', ');
  context.report.note(
    `${name}: no registry is named, so what ${places} lacks of the image would travel there from ${builder} over SSH.`,
  );
}

/** What an image would be built from. */
export interface NextSource {
  /** undefined where nothing names the files. */
  readonly commit?: string;
  /** Whether it is that commit and nothing else. */
  readonly isExact: boolean;
}

/** `image: built from commit abc → def`; undefined where both are one and the same commit. Pure. */
export function imageChange(running: string | undefined, { commit, isExact }: NextSource): Change | undefined {
  if (isExact && commit !== undefined && commit === running) return undefined;
  const after =
    commit === undefined ? 'files that no commit names' : `${short(commit)}${isExact ? '' : ', with changes'}`;
  return {
    field: 'image',
    before: running === undefined ? 'built from files that no commit names' : `built from commit ${short(running)}`,
    after,
  };
}

const short = (commit: string | undefined) => commit?.slice(0, 7) ?? 'an unknown commit';

async function nextSource(context: Context, { service, git, isDirty }: ForeseenRequest): Promise<NextSource> {
  const { source, build } = service;
  // An archive is made of what no commit names.
  if (source.kind === 'archive') return { isExact: false };
  if (source.kind !== 'git') return { commit: git.sha, isExact: isDirty === false };
  const wanted = wantedCommit(source, git);
  if (wanted.kind === 'commit') return { commit: wanted.sha, isExact: true };
  const server = await context.connect(build?.servers[0] ?? '');
  try {
    const { sha } = await context.report.phase(`Look up ${wanted.ref} of ${service.name}'s repository`, (phase) =>
      resolveRef(server, source, wanted.ref, phase, context.signal),
    );
    return { commit: sha, isExact: true };
  } catch (error) {
    // Setting the server up would bring git.
    if (error instanceof DrayageError && error.code === 'GIT_MISSING') return { isExact: false };
    throw error;
  }
}

function originOf(source: SourceSpec): string {
  switch (source.kind) {
    case 'git':
      return source.url;
    case 'path':
      return `the folder ${source.path}`;
    case 'archive':
      return source.archive;
    case 'dockerfile':
      return 'the Dockerfile in drayage.yml';
    case 'image':
      return source.image;
  }
}
