import { daemonItem } from '../../setup/buildkit/item.ts';
import type { ItemProvider } from './provider.ts';

/** Whether the buildkitd of a server, which needs no SSH, accepts this machine, and until when its certificates are valid. */
export const builderItems: ItemProvider = {
  name: 'buildkitd',
  items: async (context, { spec: { name, buildkit } }) =>
    buildkit?.address === undefined ? [] : [await daemonItem(context, name, buildkit)],
};
