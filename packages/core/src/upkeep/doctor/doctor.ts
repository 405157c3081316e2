import type { Project, ServerSpec } from '../../config/model.ts';
import { pickServers } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { type Item, incomplete } from '../../setup/items.ts';
import { builderItems } from './builder-items.ts';
import type { ItemProvider } from './provider.ts';
import { registryItems } from './registry-items.ts';
import { serverItems } from './server-items.ts';

/** All that is examined of every server, in the order of the table. One more kind is one file and its name here. */
export const itemProviders: readonly ItemProvider[] = [serverItems, registryItems, builderItems];

export interface DoctorRequest {
  readonly project: Project;
  /** Names; all by default. */
  readonly servers?: readonly string[];
}

export interface Examined {
  readonly server: string;
  readonly items: readonly Item[];
}

/** Examines servers side by side, and changes nothing. What is not so is an item; only bad input and cancellation are thrown. */
export async function examine(context: Context, request: DoctorRequest): Promise<readonly Examined[]> {
  const { project, servers } = request;
  const specs = servers === undefined ? Object.values(project.servers) : pickServers(project, servers);
  if (specs.length === 0) {
    throw new DrayageError('INPUT_INVALID', `${project.file ?? 'What was given'} names no server.`, {
      hint: 'Declare one under servers:, or give --servers ssh://user@host.',
    });
  }
  return Promise.all(specs.map((spec) => examineServer(context, project, spec)));
}

/** One error for each server with an item that is not so. */
export function findings(examined: readonly Examined[]): DrayageError[] {
  return examined.flatMap(({ server, items }) => incomplete(server, items) ?? []);
}

async function examineServer(context: Context, project: Project, spec: ServerSpec): Promise<Examined> {
  const items: Item[] = [];
  // One that is only a buildkitd has no SSH.
  const connecting = spec.host === '' ? undefined : context.connect(spec.name);
  const server = await connecting?.catch((error: unknown) => {
    items.push(itemOf('connection', error));
    return undefined;
  });
  if (server !== undefined)
    items.push({ item: 'connection', ok: true, detail: `${server.address}, ${server.account.privilege}` });
  const parts = await Promise.all(
    itemProviders.map((provider) =>
      provider
        .items(context, { project, spec, server })
        .catch((error: unknown): readonly Item[] => [itemOf(provider.name, error)]),
    ),
  );
  return { server: spec.name, items: [...items, ...parts.flat()] };
}

function itemOf(item: string, error: unknown): Item {
  if (!(error instanceof DrayageError) || error.code === 'CANCELLED' || error.code === 'INTERNAL_BUG') throw error;
  return { item, ok: false, detail: error.message, cure: error.hint };
}
