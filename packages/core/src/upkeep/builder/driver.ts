import type { Context } from '../../context.ts';
import type { Server } from '../../transport/server.ts';
import type { CacheUsage } from '../cache-usage.ts';

/** A builder of a build server, as its driver sees it. */
export interface BuilderLook {
  /** As buildx names it. */
  readonly name: string;
  readonly kind: BuilderDriver['kind'];
  /** `running`, or why not. */
  readonly state: string;
  /** Version of its BuildKit, where it says one. */
  readonly version?: string;
  readonly platforms: readonly string[];
  readonly usage: CacheUsage;
}

/**
 * How one kind of builder is looked at, pruned and removed. What it does on the server it does as shell text within the
 * job that holds all build slots there.
 */
export interface BuilderDriver {
  /** The values of `build.driver`. */
  readonly kind: 'docker' | 'container' | 'remote';
  /** undefined where the server has no such builder of ours. */
  look(context: Context, server: Server): Promise<BuilderLook | undefined>;
  /** Prunes the cache down to these bytes, and prints `@drayage cache <kind> <bytes freed>`. */
  pruneLines(keepBytes: number): string;
  /** Removes the builder with all it keeps; prints `@drayage removed <what> <name>`. Absent for what is no more than a part of the engine. */
  removeLines?(): string;
}
