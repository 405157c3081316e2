import type { Project, ServerSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import type { Item } from '../../setup/items.ts';
import type { Server } from '../../transport/server.ts';

/** What is examined. */
export interface Place {
  readonly project: Project;
  readonly spec: ServerSpec;
  /** undefined where it cannot be connected to by SSH: that is an item of its own then. */
  readonly server: Server | undefined;
}

/** One kind of things to examine. It changes nothing. What it throws becomes an item that is not so. */
export interface ItemProvider {
  /** Names the item where it throws. */
  readonly name: string;
  items(context: Context, place: Place): Promise<readonly Item[]>;
}
