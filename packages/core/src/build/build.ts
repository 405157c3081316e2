import type { Project } from '../config/model.ts';
import { isBuiltRemotely, pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { programsOf } from '../programs.ts';
import { withLogins } from '../registry/login.ts';
import type { FollowUp } from './apply.ts';
import type { OutputKind } from './drivers/choice.ts';
import { loadFrom } from './load.ts';
import { buildOnServer } from './on-server.ts';
import { placeBuild } from './placement/place.ts';
import type { Placement } from './placement/plan.ts';
import type { CheckoutFacts } from './sources/checkout.ts';

export interface BuildRequest {
  readonly project: Project;
  /** The service's name. */
  readonly service: string;
  readonly git: CheckoutFacts;
  /** Which server builds, where that has been decided before. */
  readonly placement?: Placement;
  /** Resolves when all servers of the run are connected; sources are read before, but not sent. */
  readonly reachable?: Promise<unknown>;
  /** Resolves when the server is known to be able to build. Sources may travel before; nothing is built. */
  readonly ready?: Promise<unknown>;
  /** Something to do in the build's job once the image is there; given all names of the image. */
  readonly followUp?: (names: readonly string[]) => FollowUp;
  /** Where the image goes; default: what the driver does best. Another than `engine` has no follow-up. */
  readonly output?: OutputKind;
  /** Loads the image into the engine of this machine, too. */
  readonly load?: boolean;
}

export interface BuildResult {
  /** The image's most telling name on the build server or in the registry, with its tag; with its digest, where it was pushed by that alone. */
  readonly image: string;
  /** All its names there, the same first. */
  readonly names: readonly string[];
  /** `sha256:…`: what the name stood for when it was built. */
  readonly imageId: string;
  /** The commit that was built; undefined for sources without one. */
  readonly sourceCommit?: string;
  /** `os/architecture`. */
  readonly platforms: readonly string[];
  /** Who the image's containers run as; empty: root. */
  readonly user: string;
  /** Name of the build server that holds the image. */
  readonly server: string;
  /** `sha256:…` of the manifest, where the registry is known to have the image; undefined: it is in the server's engine. */
  readonly digest?: string;
  /** The registry has it under all its names: there is nothing to push. */
  readonly isTagged?: boolean;
  /**
   * Keeps on the server what the image was made of, so that the next run need not build the same again. Never fails the run.
   *
   * @param pushed Digest it is deployed by: of the manifest or index in the registry, or of the manifest that travels to nodes over SSH.
   */
  readonly remember: (pushed?: string) => Promise<void>;
}

/**
 * Builds a service's image on its build server. Throws BUILD_FAILED and the causes known to diagnose.ts, SOURCE_INVALID, SOURCE_CHANGED,
 * GIT_*, BUILD_IMPOSSIBLE, BUILD_SERVER_UNAVAILABLE, CANCELLED, and what connecting throws.
 */
export async function buildService(context: Context, request: BuildRequest): Promise<BuildResult> {
  const service = pickService(request.project, request.service);
  const { build, source } = service;
  if (build === undefined || source.kind === 'image') {
    throw new DrayageError(
      'BUILD_IMPOSSIBLE',
      `Service ${service.name} runs a prebuilt image; there is nothing to build.`,
      { at: service.at },
    );
  }
  const { assignments } = request.placement ?? (await placeBuild(context, request.project, service));
  if (assignments.length > 1 && request.load === true) {
    throw new DrayageError(
      'BUILD_IMPOSSIBLE',
      `services.${service.name}.build.platforms names several platforms, and --load takes one plain image.`,
      {
        hint: 'Leave --load out, and pull the image from the registry.',
        at: service.at,
      },
    );
  }
  // A base image may come from any of them.
  const project = await withLogins(context, request.project);
  const task = { ...request, project, service, build };
  if (assignments.length > 1) {
    const { buildForPlatforms } = await import('./multi-platform.ts');
    return buildForPlatforms(context, { ...task, assignments });
  }
  const [{ server }] = assignments;
  const result = await buildOnServer(context, { ...task, server });
  if (request.load === true && !isBuiltRemotely(build.driver, project.servers[server])) {
    await loadFrom(context, await programsOf(context), await context.connect(server), result.image);
  }
  if (result.digest !== undefined && result.isTagged !== true) {
    context.report.note(`${service.name}: pushed as ${service.image}@${result.digest}`);
  } else if (service.image === undefined && request.load !== true) {
    context.report.note(
      `${service.name}: no registry is named, so the image stays on ${server} as ${result.image} (${result.imageId}).`,
    );
  }
  return result;
}
