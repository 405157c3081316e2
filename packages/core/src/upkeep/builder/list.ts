import * as z from 'zod';
import type { Context } from '../../context.ts';
import { engineLines } from '../../docker/cli-lines.ts';
import type { Server } from '../../transport/server.ts';

/** The builder in a container that Drayage makes. */
export const builderName = 'drayage';

export interface BuildxBuilder {
  readonly name: string;
  /** `docker`, `docker-container`, … */
  readonly driver: string;
  readonly status: string;
  readonly version?: string;
  readonly platforms: readonly string[];
}

const row = z.object({
  Name: z.string(),
  Driver: z.string(),
  Nodes: z
    .array(
      z.object({
        Status: z.string().default('unknown'),
        Version: z.string().default(''),
        Platforms: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

/** The builders that buildx knows in our own folder; none where buildx is missing, or older than 0.13. */
export async function readBuilders(context: Context, server: Server): Promise<readonly BuildxBuilder[]> {
  const { stdout } = await server.script(
    `${engineLines(server.account)}
[ ! -d "$DRAYAGE_STATE/buildx" ] || export BUILDX_CONFIG="$DRAYAGE_STATE/buildx"
docker buildx ls --format '{{json .}}' 2>/dev/null || :`,
    { purpose: 'Listing the builders', repeatable: true, signal: context.signal },
  );
  return parseBuilders(stdout);
}

/** One line a node; a builder is told once. */
export function parseBuilders(text: string): readonly BuildxBuilder[] {
  const builders = new Map<string, BuildxBuilder>();
  for (const line of text.split('\n')) {
    const { success, data } = row.safeParse(parseJson(line));
    if (!success || builders.has(data.Name)) continue;
    const [node] = data.Nodes ?? [];
    builders.set(data.Name, {
      name: data.Name,
      driver: data.Driver,
      status: node?.Status ?? 'unknown',
      // Distributions build an engine without saying which BuildKit it holds.
      version: node === undefined || /^v?0\.0\.0|^$/.test(node.Version) ? undefined : node.Version,
      platforms: node?.Platforms ?? [],
    });
  }
  return [...builders.values()];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
