import type { Placement } from '../build/placement/plan.ts';
import type { BuildRecord } from '../build/skip/record.ts';
import { buildRecordPath } from '../build/skip/record-path.ts';
import { recall } from '../build/skip/remember.ts';
import { inputsOf } from '../build/skip/skip.ts';
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
  const builds = await lastBuilds(context, request, next);
  const change = imageChange(current.commit, next, standing(builds, next, current.pinnedImage));
  context.report.note(
    change === undefined
      ? `${service.name}: what runs was built from ${short(next.commit)}, as it stands in ${origin}.`
      : `${service.name}: a new image would be built from ${origin}; its digest is not known before.`,
  );
  return { image: current.pinnedImage, commit: next.commit, change };
}

/** What one server noted of the service's last build there, and what would go into the next one beside its source. */
export interface LastBuild {
  readonly record: Pick<BuildRecord, 'imageId' | 'pushed' | 'last' | 'inputs'> | undefined;
  readonly inputs: string;
}

/** Of an image for several platforms each part says so, on the server that builds it; empty where nothing is told. */
async function lastBuilds(
  context: Context,
  { project, service, placement }: ForeseenRequest,
  { commit, isExact }: NextSource,
): Promise<readonly LastBuild[]> {
  const { build } = service;
  const assignments = placement?.assignments ?? [];
  const isTold = assignments.every(({ server }) => isReachedOverSsh(project, service, server));
  if (!isExact || commit === undefined || !isTold || build === undefined) return [];
  return Promise.all(
    assignments.map(async ({ server, platform }) => {
      const part = assignments.length > 1 && platform !== undefined ? [platform] : undefined;
      const path = buildRecordPath(project, service, part);
      const record = await recall(await context.connect(server), path, context.signal);
      return { record, inputs: inputsOf({ project, service, build, platforms: part }) };
    }),
  );
}

/** How the running image compares with what a build would give, beside the commits. */
export interface Standing {
  /** Whether the last `up` of this commit found it to be the very image: a commit that leaves the source as it was changes nothing that runs. */
  readonly isFound: boolean;
  /** Whether something other than the source goes into the next one. */
  readonly hasOtherInputs: boolean;
}

/** Pure. Records of another image than the one that runs tell nothing of it. */
export function standing(builds: readonly LastBuild[], { commit }: NextSource, running: string): Standing {
  const records = builds.flatMap(({ record, inputs }) =>
    record !== undefined && running.endsWith(record.pushed ?? record.imageId) ? [{ ...record, wanted: inputs }] : [],
  );
  const isOfRunning = builds.length > 0 && records.length === builds.length;
  return {
    isFound: isOfRunning && records.every(({ last }) => last === commit),
    hasOtherInputs: isOfRunning && records.some(({ inputs, wanted }) => inputs !== undefined && inputs !== wanted),
  };
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

/** `image: built from commit abc → def`; undefined where a build would give the image that runs. Pure. */
export function imageChange(
  running: string | undefined,
  { commit, isExact }: NextSource,
  { isFound, hasOtherInputs }: Standing = { isFound: false, hasOtherInputs: false },
): Change | undefined {
  const isSame = isExact && commit !== undefined && (commit === running || isFound);
  if (isSame && !hasOtherInputs) return undefined;
  const more = isSame ? ', built with other settings' : isExact ? '' : ', with changes';
  return {
    field: 'image',
    before: running === undefined ? 'built from files that no commit names' : `built from commit ${short(running)}`,
    after: commit === undefined ? 'files that no commit names' : `${short(commit)}${more}`,
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
