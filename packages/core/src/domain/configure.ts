import type { DomainSpec, Project, ServiceSpec } from '../config/model.ts';
import { urlOf } from '../config/url.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { letsEncrypt } from '../proxy/route.ts';
import type { Phase } from '../report/report.ts';
import { acquireAll, type Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import type { DomainsAhead } from './ahead.ts';
import { applyDomains } from './apply.ts';
import { checkRecords, publicLookup } from './dns.ts';
import { readProxy } from './facts.ts';
import { type DomainPlan, planDomains } from './plan.ts';
import { plainDomain, questionOn } from './question.ts';
import { verifyDomain } from './verify.ts';
import { type Wish, wishFor } from './wish.ts';

export interface DomainRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  /** Decide and report, change and ask nothing. */
  readonly dryRun?: boolean;
  /** Lock on the proxy servers that the caller holds already; by default one is taken where something has to change. */
  readonly lease?: Pick<Lease, 'guard'>;
  /** What was learned before the service was deployed. */
  readonly ahead?: DomainsAhead;
  /** Milliseconds; default 90 s for a certificate, 30 s for an answer. */
  readonly patience?: { readonly certificate: number; readonly answer: number };
}

export interface DomainResult {
  readonly url: string;
  readonly node: string;
  /** HTTP status the domain answered with; undefined in a dry run. */
  readonly status?: number;
  readonly certificateIssuer?: string;
  readonly certificateExpires?: Date;
  /** What was changed on the node for the service; empty: nothing had to be. */
  readonly changed: readonly string[];
}

const usual = { certificate: 90_000, answer: 30_000 };

/**
 * Brings the domains of a service into force on every proxy server, then asks each of them until it answers with the right
 * certificate. Throws DOMAIN_IMPOSSIBLE, DOMAIN_TAKEN, CERTIFICATE_INVALID, PROXY_NOT_RUNNING, PROXY_REFUSED,
 * CERTIFICATE_NOT_ISSUED, DOMAIN_NOT_ANSWERING, or LOCK_HELD and LOCK_LOST.
 */
export async function configureDomains(context: Context, request: DomainRequest): Promise<DomainResult[]> {
  const { project, service } = request;
  const { proxy } = project;
  if (service.domains.length === 0 && proxy === undefined) return [];
  const wish = wishFor(project, service, new Date());
  return context.report.phase(`Configure the domains of ${service.name}`, async (phase) => {
    const results = await Promise.all(
      (proxy?.servers ?? []).map(async (name) =>
        configureNode(context, request, wish, await context.connect(name), phase),
      ),
    );
    return results.flat();
  });
}

async function configureNode(
  context: Context,
  request: DomainRequest,
  wish: Wish,
  server: Server,
  phase: Phase,
): Promise<DomainResult[]> {
  const { plan, since } = await bringIntoForce(context, request, wish, server, phase);
  const { domains } = request.service;
  if (request.dryRun)
    return domains.map((domain) => ({
      url: urlOf(plainDomain(domain)),
      node: server.name,
      changed: plan?.changes ?? [],
    }));
  return Promise.all(domains.map((domain) => verify(context, request, { server, domain, since, plan, phase })));
}

/** Plans and applies, again where another run was quicker. An external proxy is never touched. */
async function bringIntoForce(
  context: Context,
  { project, dryRun, lease, ahead }: DomainRequest,
  wish: Wish,
  server: Server,
  phase: Phase,
): Promise<{ plan: DomainPlan | undefined; since: number }> {
  const kind = project.proxy?.type;
  if (kind === undefined || kind === 'external') {
    phase.note(`${server.name}: the proxy is not Drayage's; it is asked, not configured.`);
    return { plan: undefined, since: 0 };
  }
  const { resource, network } = wish.route;
  const look = async () => {
    const state = await readProxy(server, { resource, network, kind });
    return { plan: planDomains(server.name, kind, wish, state), now: state.now };
  };
  // What has to be configured is planned anew: the deployment has made the network since.
  const seen = ahead?.on(server.name);
  const first = seen !== undefined && (dryRun || seen.plan.changes.length === 0) ? seen : await look();
  if (first.plan.changes.length === 0) phase.note(`${server.name}: the domains are configured already, nothing to do.`);
  for (const change of first.plan.changes) phase.note(`${server.name}: ${change}`);
  if (dryRun || first.plan.changes.length === 0) return { plan: first.plan, since: first.now - 600 };

  await using own = lease === undefined ? await lockDomains(context, server, resource, phase) : undefined;
  const guard = (lease ?? own)?.guard(server.name) ?? '';
  // What was seen before the lock was taken may have changed since.
  let current = own === undefined ? first : await look();
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await applyDomains(server, { plan: current.plan, wish, guard }))
      return { plan: first.plan, since: current.now };
    phase.note(`${server.name}: another project changed the proxy meanwhile; planning again.`);
    current = await look();
  }
  throw new DrayageError('LOCK_HELD', `${server.name}: other runs keep changing the proxy.`, {
    hint: 'Try again in a minute.',
  });
}

/** Only one run at a time changes the domains of a service on a node. */
export function lockDomains(context: Context, server: Server, resource: string, phase: Phase): Promise<Lease> {
  return acquireAll([server], `${resource}.domains`, context.run, {
    wait: 60_000,
    signal: context.signal,
    onWait: ({ who, since }) =>
      phase.note(`${server.name}: waiting for ${who}, who has been changing its domains since ${since}`),
  });
}

interface Verification {
  readonly server: Server;
  readonly domain: DomainSpec;
  readonly since: number;
  readonly plan: DomainPlan | undefined;
  readonly phase: Phase;
}

async function verify(context: Context, request: DomainRequest, verification: Verification): Promise<DomainResult> {
  const { server, domain, since, plan, phase } = verification;
  const { project } = request;
  const plain = plainDomain(domain);
  const url = urlOf(plain);
  const directory = project.proxy?.acme.directory;
  const isPublic = domain.https && domain.certificate.kind === 'letsencrypt' && directory === letsEncrypt;
  const nodes = (project.proxy?.servers ?? []).flatMap((name) => project.servers[name]?.host ?? []);
  const records = isPublic ? checkRecords(publicLookup(), plain.host, nodes) : Promise.resolve([]);
  try {
    const answer = await verifyDomain(context, server, {
      domain,
      question: questionOn(project, server.name, domain),
      opened: request.ahead?.take(server.name, domain),
      directory: domain.certificate.kind === 'letsencrypt' ? directory : undefined,
      since,
      patience: request.patience ?? usual,
    });
    for (const sentence of await records) context.report.warn(sentence);
    const { certificate, status } = answer;
    const about =
      certificate === undefined
        ? ''
        : `, certificate by ${certificate.issuer} until ${certificate.expires.toISOString().slice(0, 10)}`;
    phase.note(`${server.name}: ${url} answers ${status}${about}`);
    if (status === 404) context.report.warn(`${url} answers 404: the service runs, but has nothing at this path.`);
    return {
      url,
      node: server.name,
      status,
      certificateIssuer: certificate?.issuer,
      certificateExpires: certificate?.expires,
      changed: plan?.changes ?? [],
    };
  } catch (error) {
    for (const sentence of await records) context.report.warn(sentence);
    throw error;
  }
}
