import { containerDriver } from './container.ts';
import { dockerDriver } from './docker.ts';
import type { BuilderDriver } from './driver.ts';

/** Every kind of builder that upkeep knows. One more is one file and its name here. */
export const builderDrivers: readonly BuilderDriver[] = [dockerDriver, containerDriver];

/** Shell text that prunes the caches of all builders of a server down to these bytes each. */
export function pruneLines(keepBytes: number): string {
  return builderDrivers.map((driver) => driver.pruneLines(keepBytes)).join('\n');
}
