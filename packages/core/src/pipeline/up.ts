import { setTimeout as sleep } from 'node:timers/promises';
import { refuseComposed } from '../build/compose/refuse.ts';
import type { CheckoutFacts } from '../build/sources/checkout.ts';
import { guessType } from '../build/types/detect.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import { pickServices } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DomainsAhead } from '../domain/ahead.ts';
import { configureDomains, type DomainResult } from '../domain/configure.ts';
import { withdrawDomains } from '../domain/withdraw.ts';
import { withLogins } from '../registry/login.ts';
import { deployService } from '../service/deploy.ts';
import type { DeployResult } from '../service/roll.ts';
import { type ServerReport, setupServers } from '../setup/setup.ts';
import { together } from '../together.ts';
import { reachAll } from './connect-all.ts';
import { type ImageRequest, type Made, makeImages } from './images.ts';
import { type Ahead, lookAhead } from './look-ahead.ts';
import { placeAll } from './place-all.ts';
import { promised } from './promised.ts';
import { serversOf } from './servers.ts';

export interface UpRequest {
  readonly project: Project;
  /** Names; all of the project's services by default. */
  readonly services?: readonly string[];
  /** `auto` installs only what is missing, `never` only looks, `always` does and tries everything. */
  readonly setup: 'auto' | 'never' | 'always';
  /** Serves the releases of build tools instead of their own host. */
  readonly toolsMirror?: string;
  readonly git: CheckoutFacts;
  readonly title?: string;
  readonly description?: string;
  /** For a dry run: whether files of the checkout differ from its commit. */
  readonly isDirty?: boolean;
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
  /** What the proxies served of a service that has no domain any more, one line each; it is gone, or would go. */
  readonly withdrawn: readonly string[];
}

export interface UpResults {
  readonly services: readonly UpResult[];
  /** What setup did (or would do, in a dry run), one line each. */
  readonly setup: readonly string[];
}

/**
 * The whole road: servers set up, images built and pushed, services deployed, domains answering. Every image exists
 * before the first service changes, so a build that fails leaves everything as it was. Throws what the steps throw.
 */
export async function up(context: Context, request: UpRequest): Promise<UpResults> {
  const { project } = request;
  const services = pickServices(project, request.services);
  for (const service of services) refuseComposed(service);
  const placements = await placeAll(context, project, services);
  const { builders, nodes } = serversOf(project, services, placements);

  // Providers of passwords are asked while connections are made; what they refuse is said where it is needed.
  withLogins(context, project).catch(() => undefined);
  const reachable = reachAll(context, builders, nodes);
  reachable.catch(() => undefined);
  if (request.dryRun) {
    await reachable;
    return preview(context, { ...request, placements }, services, [...builders, ...nodes]);
  }
  const [told, ready] = promised();
  const [toldOfNodes, receivable] = promised();
  // Sources are read while connections are made, and travel while the build servers are looked at. The nodes are set up,
  // and looked at, while the images are made.
  const [changed, made, seen] = await together<[string[], Made[], Seen]>(context, [
    (part) => told(setUp(part, request, builders, reachable)),
    (part) => makeImages(part, { ...request, placements }, services, { reachable, ready, receivable }),
    async (part) => {
      const alsoChanged = await toldOfNodes(setUpNodes(part, request, nodes, { reachable, ready }));
      await ready;
      return { changed: alsoChanged, ahead: await lookAhead(part, project, services) };
    },
  ]);

  const results: UpResult[] = [];
  for (const one of made) results.push(await deployOne(context, request, one, seen.ahead.get(one.service.name)));
  await Promise.all(made.map(({ remembered }) => remembered));
  return { services: results, setup: [...changed, ...seen.changed] };
}

async function setUpNodes(
  context: Context,
  request: UpRequest,
  nodes: readonly string[],
  { reachable, ready }: { readonly reachable: Promise<unknown>; readonly ready: Promise<unknown> },
): Promise<string[]> {
  await reachable;
  // The build waits for what the build servers say, and nothing for what the nodes say: those have the first word.
  await Promise.race([ready, sleep(headStart)]);
  context.signal.throwIfAborted();
  return setUp(context, request, nodes, reachable);
}

/** Milliseconds. */
const headStart = 200;

interface Seen {
  readonly changed: readonly string[];
  readonly ahead: ReadonlyMap<string, Ahead>;
}

/** What would be done, as far as it can be told. What has yet to be set up cannot be asked what runs on it. */
async function preview(
  context: Context,
  request: UpRequest & Pick<ImageRequest, 'placements'>,
  services: readonly ServiceSpec[],
  servers: readonly string[],
): Promise<UpResults> {
  const { project } = request;
  const reports = await setupReports(context, request, servers);
  const setup = reports.flatMap(linesOf);
  for (const line of setup) context.report.note(`setup of ${line}`);
  const unknown = new Set(reports.flatMap(({ server, changed }) => (changed.length > 0 ? [server] : [])));
  const results: UpResult[] = [];
  for (const service of services) {
    const proxies = project.proxy?.servers ?? [];
    const hasDomains = service.domains.length > 0;
    if ([...service.deploy.servers, ...(hasDomains ? proxies : [])].some((name) => unknown.has(name))) {
      context.report.note(`${service.name}: would be deployed after that; what that changes is not known before.`);
      results.push({ service: service.name, deployment: unforeseen, domains: [], withdrawn: [] });
    } else {
      const done = Promise.resolve();
      const gates = { reachable: done, ready: done, receivable: done };
      const [made] = await makeImages(context, request, [service], gates);
      const isAsked = hasDomains || !proxies.some((name) => unknown.has(name));
      const domains = isAsked ? await DomainsAhead.look(context, project, service) : undefined;
      if (made !== undefined) results.push(await deployOne(context, request, made, { sighting: undefined, domains }));
    }
  }
  return { services: results, setup };
}

async function setUp(
  context: Context,
  request: UpRequest,
  servers: readonly string[],
  reachable: Promise<unknown>,
): Promise<string[]> {
  const reports = await setupReports(context, request, servers, reachable);
  await reachable;
  return reports.flatMap(linesOf);
}

async function setupReports(
  context: Context,
  { project, setup, toolsMirror, dryRun }: UpRequest,
  servers: readonly string[],
  reachable?: Promise<unknown>,
): Promise<ServerReport[]> {
  if (servers.length === 0) return [];
  const typeOf = guessType(project);
  return setupServers(context, { project, servers, mode: setup, typeOf, toolsMirror, dryRun, reachable });
}

const linesOf = ({ server, changed }: ServerReport): string[] => changed.map((title) => `${server}: ${title}`);

async function deployOne(
  context: Context,
  { project, title, description, dryRun }: UpRequest,
  { service, image, commit, change, fresh, cleared }: Made,
  ahead: Partial<Ahead> | undefined,
): Promise<UpResult> {
  const known = {
    project,
    service: service.name,
    commit,
    title,
    description,
    dryRun,
    change,
    fresh,
    cleared,
    sighting: ahead?.sighting,
  };
  using domainsAhead = ahead?.domains;
  if (!dryRun) domainsAhead?.open();
  const deployment = image === undefined ? unforeseen : await deployService(context, { ...known, image });
  const asked = { project, service, dryRun };
  const domains =
    service.domains.length === 0 ? [] : await configureDomains(context, { ...asked, ahead: domainsAhead });
  const withdrawn = domainsAhead === undefined ? [] : await withdrawDomains(context, { ...asked, ahead: domainsAhead });
  return { service: service.name, image, commit, deployment, domains, withdrawn };
}

/** What a dry run says of a service that runs nowhere and whose image has yet to be built. */
const unforeseen: DeployResult = {
  deploymentId: '',
  status: 'planned',
  pinnedImage: '',
  previousImage: undefined,
  nodes: [],
};
