import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { ProxyKind } from '../proxy/container.ts';
import type { Route } from '../proxy/route.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { applyDomains } from './apply.ts';
import { lockDomains } from './configure.ts';
import { type ProxyState, readProxy } from './facts.ts';
import { type DomainPlan, planDomains } from './plan.ts';
import type { Wish } from './wish.ts';

type Service = Pick<Route, 'resource' | 'network' | 'owner'>;

/** What changes for a service that goes; undefined: it has no route here, so there is nothing to do. Throws as `planDomains`. */
export function planRemoval(
  server: string,
  kind: ProxyKind,
  service: Service,
  state: ProxyState,
): DomainPlan | undefined {
  if (!state.routes.some(({ resource }) => resource === service.resource)) return undefined;
  return planDomains(server, kind, withoutDomains(service), state);
}

function withoutDomains(service: Service): Wish {
  return { route: { version: 1, ...service, domains: [] }, certificates: new Map(), authority: undefined };
}

/**
 * Takes the routes of a service from the proxy of a server, in memory and on disk, so that no restart brings them back.
 * Throws PROXY_NOT_RUNNING, PROXY_REFUSED, DOMAIN_TAKEN, LOCK_HELD or LOCK_LOST; nothing has changed then.
 */
export async function removeDomains(
  context: Context,
  phase: Phase,
  request: { readonly server: Server; readonly kind: ProxyKind; readonly service: Service },
): Promise<void> {
  const { server, kind, service } = request;
  const { resource, network } = service;
  await using lease = await lockDomains(context, server, resource, phase);
  for (let attempt = 0; attempt < 5; attempt++) {
    const plan = planRemoval(server.name, kind, service, await readProxy(server, { resource, network, kind }));
    if (plan === undefined) return;
    if (attempt === 0) for (const change of plan.changes) phase.note(`${server.name}: ${change}`);
    if (await applyDomains(server, { plan, wish: withoutDomains(service), guard: lease.guard(server.name) })) return;
  }
  throw new DrayageError('LOCK_HELD', `${server.name}: other runs keep changing the proxy.`, {
    hint: 'Try again in a minute.',
  });
}
