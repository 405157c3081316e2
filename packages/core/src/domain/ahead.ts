import type { DomainSpec, Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import type { Server } from '../transport/server.ts';
import { type Opened, open } from './ask.ts';
import { hasRoute, readProxy } from './facts.ts';
import { type DomainPlan, planDomains } from './plan.ts';
import { questionOn } from './question.ts';
import { wishFor } from './wish.ts';

interface Seen {
  readonly server: Server;
  readonly plan: DomainPlan;
  /** When the node was asked, in seconds by its own clock. */
  readonly now: number;
  /** Connections for the first question to each domain. */
  readonly opened: Map<DomainSpec, Promise<Opened>>;
}

export interface Leftover {
  readonly server: Server;
  /** What taking it away changes, one line each. */
  readonly changes: readonly string[];
}

/**
 * What was learned of a service's domains before the service was deployed. A domain that somebody else serves is told
 * before anything has changed, and where nothing has to be configured only the question is left for afterwards.
 */
export class DomainsAhead implements Disposable {
  readonly #request: { readonly project: Project; readonly service: ServiceSpec };
  readonly #seen = new Map<string, Seen>();

  private constructor(project: Project, service: ServiceSpec) {
    this.#request = { project, service };
  }

  /**
   * Of a service without domains only what a proxy serves of it still. Throws PROXY_NOT_RUNNING, DOMAIN_TAKEN,
   * DOMAIN_IMPOSSIBLE and CERTIFICATE_INVALID, and what connecting throws.
   */
  static async look(context: Context, project: Project, service: ServiceSpec): Promise<DomainsAhead> {
    const ahead = new DomainsAhead(project, service);
    const { proxy } = project;
    if (proxy === undefined || proxy.type === 'external') return ahead;
    const wish = wishFor(project, service, new Date());
    const { resource, network } = wish.route;
    const kind = proxy.type;
    await Promise.all(
      proxy.servers.map(async (name) => {
        const server = await context.connect(name);
        if (service.domains.length === 0 && !(await hasRoute(server, resource))) return;
        const state = await readProxy(server, { resource, network, kind });
        // The deployment makes the environment's network.
        const plan = planDomains(name, kind, wish, { ...state, network: state.network ?? { labels: {} } });
        ahead.#seen.set(name, { server, plan, now: state.now, opened: new Map() });
      }),
    );
    return ahead;
  }

  /** Connects to the proxies whose configuration stays as it is, so that they can be asked in one round trip. */
  open(): void {
    const { project, service } = this.#request;
    for (const { server, plan, opened } of this.#seen.values()) {
      if (plan.changes.length > 0) continue;
      for (const domain of service.domains) {
        const opening = open(server, questionOn(project, server.name, domain));
        opening.catch(() => undefined);
        opened.set(domain, opening);
      }
    }
  }

  /** What was seen on this server; undefined where it was not looked at. */
  on(server: string): Pick<Seen, 'plan' | 'now'> | undefined {
    return this.#seen.get(server);
  }

  /** The servers whose proxy serves a service that has no domain any more, and what that is. */
  get leftovers(): readonly Leftover[] {
    const { domains } = this.#request.service;
    return domains.length > 0
      ? []
      : [...this.#seen.values()].map(({ server, plan: { changes } }) => ({ server, changes }));
  }

  /** The connection opened for this domain, once. */
  take(server: string, domain: DomainSpec): Promise<Opened> | undefined {
    const opened = this.#seen.get(server)?.opened;
    const found = opened?.get(domain);
    opened?.delete(domain);
    return found;
  }

  [Symbol.dispose](): void {
    for (const { opened } of this.#seen.values()) {
      for (const opening of opened.values()) opening.then(({ raw }) => raw.destroy()).catch(() => undefined);
      opened.clear();
    }
  }
}
