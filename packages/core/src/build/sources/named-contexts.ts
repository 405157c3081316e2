import { randomUUID } from 'node:crypto';
import { isContextReference } from '../../config/context-reference.ts';
import type { BuildSpec } from '../../config/model.ts';

/** Named contexts by what brings them: folders of the source are ours to bring, the rest is fetched by BuildKit. */
export function namedContexts({ contexts }: Pick<BuildSpec, 'contexts'>) {
  const all = Object.entries(contexts);
  return {
    /** Folders relative to the source's root, by name. */
    folders: Object.fromEntries(all.filter(([, value]) => !isContextReference(value))),
    references: Object.fromEntries(all.filter(([, value]) => isContextReference(value))),
    /** A word that is never the same where nobody can tell what is fetched: a branch or a download may be another each time. */
    moving: all
      .filter(([, value]) => isContextReference(value) && !value.startsWith('docker-image:'))
      .map(() => randomUUID()),
  };
}
