import { buildService } from '../build/build.ts';
import type { CheckoutFacts } from '../build/checkout.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import { pickServices } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { configureDomains, type DomainResult } from '../domain/configure.ts';
import { Push } from '../image/push.ts';
import { deployService } from '../service/deploy.ts';
import type { DeployResult } from '../service/roll.ts';
import { setupServers } from '../setup/setup.ts';
import { connectAll } from './connect-all.ts';
import { foreseenImage } from './foreseen-image.ts';
import { serversOf } from './servers.ts';
import { together } from './together.ts';

export interface UpRequest {
  readonly project: Project;
  /** Names; all of the project's services by default. */
  readonly services?: readonly string[];
  /** `auto` installs only what is missing, `never` only looks, `always` does and tries everything. */
  readonly setup: 'auto' | 'never' | 'always';
  readonly git: CheckoutFacts;
  readonly title?: string;
  /** Decide and report, change nothing. */
  readonly dryRun?: boolean;
}

/** What became of one service. */
export interface UpResult {
  readonly service: string;
  /** undefined in a dry run whose image has yet to be built. */
  readonly image?: string;
  readonly commit?: string;
  readonly deployment: DeployResult;
  readonly domains: readonly DomainResult[];
}

interface Made {
  readonly service: ServiceSpec;
  readonly image?: string;
  readonly commit?: string;
}

/**
 * The whole road: servers set up, images built and pushed, services deployed, domains answering. Every image exists
 * before the first service changes, so a build that fails leaves everything as it was. Throws what the steps throw.
 */
export async function up(context: Context, request: UpRequest): Promise<readonly UpResult[]> {
  const { project } = request;
  const services = pickServices(project, request.services);
  const { builders, nodes } = serversOf(project, services);

  await connectAll(context, [...builders, ...nodes]);
  // Nodes are looked at, and set up, while the images are being built.
  const [made] = await together<[Made[], unknown]>(context, [
    async (part) => {
      await setUp(part, request, builders);
      return makeImages(part, request, services);
    },
    (part) => setUp(part, request, nodes),
  ]);

  const results: UpResult[] = [];
  for (const one of made) results.push(await deployOne(context, request, one));
  return results;
}

async function setUp(
  context: Context,
  { project, setup, dryRun }: UpRequest,
  servers: readonly string[],
): Promise<void> {
  if (servers.length > 0) await setupServers(context, { project, servers, mode: setup, dryRun });
}

async function makeImages(context: Context, request: UpRequest, services: readonly ServiceSpec[]): Promise<Made[]> {
  const made: Made[] = [];
  for (const service of services) made.push(await makeImage(context, request, service));
  return made;
}

async function makeImage(context: Context, { project, git, dryRun }: UpRequest, service: ServiceSpec): Promise<Made> {
  if (service.source.kind === 'image') return { service, image: service.source.image };
  if (dryRun) return { service, image: await foreseenImage(context, project, service), commit: git.sha };
  const given = { project, service: service.name, git };
  if (service.image === undefined) {
    const built = await buildService(context, given);
    return { service, image: built.imageId, commit: built.sourceCommit };
  }
  // One job builds and pushes; the registry is asked meanwhile.
  await using push = new Push(context, { ...given, server: service.build?.servers[0] ?? '' });
  const built = await buildService(context, { ...given, followUp: (names) => push.followUp(names) });
  const pushed = await push.finish(built);
  return { service, image: pushed.pinnedImage, commit: built.sourceCommit };
}

async function deployOne(context: Context, request: UpRequest, made: Made): Promise<UpResult> {
  const { project, title, dryRun } = request;
  const { service, image, commit } = made;
  const deployment =
    image === undefined
      ? firstDeployment
      : await deployService(context, { project, service: service.name, image, commit, title, dryRun });
  const domains = service.domains.length === 0 ? [] : await configureDomains(context, { project, service, dryRun });
  return { service: service.name, image, commit, deployment, domains };
}

/** What a dry run says of a service that runs nowhere and whose image has yet to be built. */
const firstDeployment: DeployResult = {
  deploymentId: '',
  status: 'planned',
  pinnedImage: '',
  previousImage: undefined,
  nodes: [],
};
