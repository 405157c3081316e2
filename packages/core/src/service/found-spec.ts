import { isReference, type RunSpec, type SpecValue } from '../docker/run-spec.ts';
import type { OwnService } from './facts.ts';
import { secretName } from './run-spec.ts';

/** Stands for a value that drayage.yml never had: it may be a secret, and a plan is for everybody to read. */
export const setByHand = 'set by hand';

/**
 * The specification of a deployment as its Swarm service has it now: `docker service scale` and `docker service update` keep
 * our labels, and what somebody changed with them has to show. Pure.
 */
export function foundSpec(resource: string, recorded: RunSpec, { found }: Pick<OwnService, 'found'>): RunSpec {
  const { replicas, image, env } = found;
  return {
    ...recorded,
    replicas: recorded.kind === 'global' ? recorded.replicas : (replicas ?? recorded.replicas),
    image: image ?? recorded.image,
    env: env === undefined ? recorded.env : foundEnv(resource, recorded.env, env),
  };
}

function foundEnv(resource: string, recorded: RunSpec['env'], lines: readonly string[]): RunSpec['env'] {
  return Object.fromEntries(
    lines.map((line): [string, SpecValue] => {
      const [name = ''] = line.split('=', 1);
      const value = line.slice(name.length + 1);
      const before = recorded[name];
      // The name of a secret has the hash of its content.
      if (before !== undefined && isReference(before))
        return [name, { secretRef: secretName(resource, `env-${name}`, value) }];
      return [name, value === before ? value : setByHand];
    }),
  );
}
