import type { NetworkCreateOptions, NetworkInspectInfo } from 'dockerode';
import type { Engine } from './client.ts';
import { statusOf } from './failure.ts';

/** undefined where there is no such network. */
export async function inspectNetwork(engine: Engine, name: string): Promise<NetworkInspectInfo | undefined> {
  return engine.call(`Inspecting network ${name}`, async (docker) => {
    try {
      return (await docker.getNetwork(name).inspect()) as NetworkInspectInfo;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** Makes the network unless one of that name exists. True when it was made. */
export async function ensureNetwork(engine: Engine, options: NetworkCreateOptions): Promise<boolean> {
  if ((await inspectNetwork(engine, options.Name)) !== undefined) return false;
  return engine.call(`Creating network ${options.Name}`, async (docker) => {
    try {
      await docker.createNetwork({ ...options, CheckDuplicate: true });
      return true;
    } catch (error) {
      // Two runs may want it at the same moment.
      if (statusOf(error) === 409) return false;
      throw error;
    }
  });
}
