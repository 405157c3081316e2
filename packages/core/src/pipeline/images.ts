import { buildService } from '../build/build.ts';
import type { Placement } from '../build/placement/plan.ts';
import type { CheckoutFacts } from '../build/sources/checkout.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { Push } from '../image/push.ts';
import type { Change } from '../service/diff.ts';
import type { FreshImage } from '../service/sighting.ts';
import { foreseenImage } from './foreseen-image.ts';
import { foretellTrust, needsTrust, trusted } from './trusted.ts';

/** A service with the image it is to run. */
export interface Made {
  readonly service: ServiceSpec;
  /** undefined in a dry run whose image has yet to be built. */
  readonly image?: string;
  readonly commit?: string;
  /** In a dry run: what the image that would be built replaces. */
  readonly change?: Change;
  /** Where it was pushed just now. */
  readonly fresh?: FreshImage;
  /** Settles when the build server has noted what the image was made of; never rejects. */
  readonly remembered?: Promise<void>;
  /** The image, where it has passed all that the service asks of it. */
  readonly cleared?: string;
}

export interface ImageRequest {
  readonly project: Project;
  readonly git: CheckoutFacts;
  readonly dryRun?: boolean;
  /** Where each service is built, by its name. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** For a dry run: whether files of the checkout differ from its commit. */
  readonly isDirty?: boolean;
}

/** What images wait for. */
export interface Gates {
  /** Resolves when all servers of the run are connected: nothing is sent before. */
  readonly reachable: Promise<unknown>;
  /** Resolves when the build servers can build. */
  readonly ready: Promise<unknown>;
  /** Resolves when the nodes can take images. */
  readonly receivable: Promise<unknown>;
}

/** Builds, pushes, and lets through what the services run, one after the other. */
export async function makeImages(
  context: Context,
  request: ImageRequest,
  services: readonly ServiceSpec[],
  gates: Gates,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const service of services) {
    const one = await makeImage(context, request, service, gates);
    made.push(needsTrust(service) ? await letThrough(context, request, one, gates) : one);
  }
  return made;
}

async function letThrough(context: Context, request: ImageRequest, made: Made, { reachable }: Gates): Promise<Made> {
  const { service, image } = made;
  if (request.dryRun === true) foretellTrust(context, service);
  if (request.dryRun === true || image === undefined || made.cleared !== undefined) return made;
  await reachable;
  const cleared = await trusted(context, request.project, service, image);
  return { ...made, image: cleared, cleared };
}

async function makeImage(
  context: Context,
  { project, git, dryRun, isDirty, placements }: ImageRequest,
  service: ServiceSpec,
  { reachable, ready, receivable }: Gates,
): Promise<Made> {
  if (service.source.kind === 'image') return { service, image: service.source.image };
  const placement = placements.get(service.name);
  if (dryRun) {
    await ready;
    return { service, ...(await foreseenImage(context, { project, service, git, placement, isDirty })) };
  }
  const given = { project, service: service.name, git, placement, reachable, ready };
  if (service.image === undefined) {
    const built = await buildService(context, given);
    const { imageId, server, sourceCommit } = built;
    // What is not let through does not travel either.
    if (needsTrust(service)) await trusted(context, project, service, imageId);
    await receivable;
    // Most services have a registry.
    const { sendImage } = await import('../image/direct/send.ts');
    const image = await sendImage(context, { project, service: service.name, imageId, server });
    const remembered = built.remember(image.slice(image.lastIndexOf('@') + 1));
    return { service, image, commit: sourceCommit, cleared: image, remembered };
  }
  // One job builds and pushes; the registry is asked meanwhile.
  await using push = new Push(context, {
    ...given,
    server: placement?.assignments[0].server ?? service.build?.servers[0] ?? '',
  });
  const built = await buildService(context, { ...given, followUp: (names) => push.followUp(names) });
  const pushed = await push.finish(built);
  // Each node takes another of several.
  const [platform = '', ...others] = built.platforms;
  const [os, architecture] = platform.split('/');
  const fresh = others.length > 0 ? undefined : { platform: `${os}/${architecture}`, user: built.user };
  return {
    service,
    image: pushed.pinnedImage,
    commit: built.sourceCommit,
    fresh,
    remembered: built.remember(pushed.digest),
  };
}
