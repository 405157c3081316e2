import { type Installed, installed } from './cache.ts';
import { recipes, type ToolName } from './recipes.ts';

const known = new Map<ToolName, Promise<Installed | undefined>>();

/** Path of a tool, installed now where it is missing; undefined where it cannot be had on this machine. */
export async function tool(name: ToolName): Promise<string | undefined> {
  const found = known.get(name) ?? installed(recipes[name]);
  known.set(name, found);
  return (await found)?.path;
}
