import { createHash } from 'node:crypto';
import type { Project, ServiceSpec } from './model.ts';

/** Who owns a resource on a server: part of every name and label. */
export interface Owner {
  readonly organization?: string;
  readonly project: string;
  readonly environment: string;
  readonly service?: string;
}

/** DNS labels and Swarm names end at 63 characters (RFC 1035, section 2.3.4), and a deployment appends the slot: `-blue`, `-green`, `-proof`. */
const longest = 63 - '-green'.length;

export function ownerOf({ organization, name, environment }: Project, service: ServiceSpec): Owner {
  return { organization, project: name, environment, service: service.name };
}

/**
 * `[<organization>-]<project>-<environment>-<service>[-<suffix>]`, shortened by a hash at 57 characters.
 * Names that would collide through their hyphens (`a-b`,`c` and `a`,`b-c`) are told apart by the owner labels.
 */
export function resourceName(owner: Owner, suffix?: string): string {
  const parts = [owner.organization, owner.project, owner.environment, owner.service, suffix];
  const full = parts.filter((part) => part !== undefined && part !== '').join('-');
  if (full.length <= longest) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return `${full.slice(0, longest - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** The network all services of one environment share. */
export function networkName(owner: Owner): string {
  return resourceName({ ...owner, service: undefined });
}

export const labelPrefix = 'dev.drayage';

/** Labels on everything Drayage makes; a resource without exactly these is never touched. */
export function ownerLabels(owner: Owner): Record<string, string> {
  return {
    [`${labelPrefix}.organization`]: owner.organization ?? '',
    [`${labelPrefix}.project`]: owner.project,
    [`${labelPrefix}.environment`]: owner.environment,
    ...(owner.service === undefined ? {} : { [`${labelPrefix}.service`]: owner.service }),
  };
}

export function isOwnedBy(owner: Owner, labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(ownerLabels(owner)).every(([key, value]) => labels?.[key] === value);
}
