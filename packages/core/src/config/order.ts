/** A service's name and those it waits for. */
export interface Dependent {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

export type Order = { readonly names: readonly string[] } | { readonly cycle: readonly string[] };

/** Dependencies before dependents, otherwise in the given order; or the first circle. Unknown names are left out. */
export function deploymentOrder(services: readonly Dependent[]): Order {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (done.has(name)) return undefined;
    if (open.includes(name)) return [...open.slice(open.indexOf(name)), name];
    open.push(name);
    for (const dependency of byName.get(name)?.dependsOn ?? []) {
      const cycle = byName.has(dependency) ? visit(dependency) : undefined;
      if (cycle !== undefined) return cycle;
    }
    open.pop();
    done.add(name);
    return undefined;
  };
  for (const { name } of services) {
    const cycle = visit(name);
    if (cycle !== undefined) return { cycle };
  }
  return { names: [...done] };
}
