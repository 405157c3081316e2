import type { Route } from '../route.ts';
import { traefikDynamic } from './dynamic.ts';
import { resolverName, traefikStatic } from './static.ts';

/** What has to be written for Traefik. */
export interface TraefikFiles {
  /** undefined: what is there already will do; else Traefik has to be started again. */
  readonly static: string | undefined;
  /** One dynamic file for each target of the service; undefined: the service has no route any more. */
  readonly targets: Readonly<Record<'plain' | 'blue' | 'green', string>> | undefined;
}

/** The files for one route; `routes` are all of the node, this one included. `current` is the static file in force. */
export function traefikFiles(route: Route | undefined, routes: readonly Route[], current: string): TraefikFiles {
  const resolvers = routes.flatMap(({ acme, domains }) =>
    acme !== undefined && domains.some(({ certificate }) => certificate.kind === 'letsencrypt') ? [acme] : [],
  );
  const isComplete = resolvers.every((acme) => current.includes(resolverName(acme)));
  return {
    static: isComplete ? undefined : traefikStatic(resolvers),
    targets:
      route === undefined
        ? undefined
        : {
            plain: traefikDynamic(route, undefined),
            blue: traefikDynamic(route, 'blue'),
            green: traefikDynamic(route, 'green'),
          },
  };
}
