import * as z from 'zod';
import { DrayageError } from '../../errors/drayage-error.ts';

const nodeList = z.array(
  z.looseObject({
    ID: z.string(),
    Spec: z.looseObject({
      Role: z.string().optional(),
      Availability: z.string(),
      Labels: z.record(z.string(), z.string()).nullish(),
    }),
    Description: z
      .looseObject({
        Hostname: z.string().optional(),
        Platform: z.looseObject({ OS: z.string().optional(), Architecture: z.string().optional() }).nullish(),
        Engine: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
      })
      .nullish(),
    Status: z.looseObject({ State: z.string() }),
  }),
);
type SwarmNode = z.output<typeof nodeList>[number];

/**
 * Without a registry a Swarm can start the service only where the image has been brought to, and it would try the other
 * nodes too. Throws DEPLOY_IMPOSSIBLE for a node that may be given the service and is none of its servers.
 *
 * @param answer Of the engine API's `/nodes`.
 * @param reached Ids of the nodes that get the image.
 */
export function checkSwarmReach(
  service: string,
  answer: unknown,
  reached: ReadonlySet<string>,
  constraints: readonly string[],
): void {
  const nodes = nodeList.safeParse(answer).data ?? [];
  const usable = nodes.filter(({ Spec, Status }) => Spec.Availability === 'active' && Status.State === 'ready');
  const outside = usable.filter((node) => !reached.has(node.ID) && constraints.every((one) => mayBe(node, one)));
  const [first] = outside;
  if (first === undefined) return;
  const names = outside.map((node) => node.Description?.Hostname ?? node.ID).join(', ');
  throw new DrayageError(
    'DEPLOY_IMPOSSIBLE',
    `Swarm may start ${service} on ${names}, where its image cannot be brought: no registry is named, and that is none of the service's servers. Nothing was changed.`,
    {
      hint: `Add it to deploy.servers, keep the service off it (deploy.placement.constraints: ["node.hostname != ${first.Description?.Hostname ?? first.ID}"]), or name a registry under \`image\`.`,
    },
  );
}

/** Whether a node satisfies a constraint of Swarm; what is not understood excludes nobody. */
function mayBe(node: SwarmNode, constraint: string): boolean {
  const [, key = '', operator, wanted = ''] = /^\s*([\w.-]+)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint) ?? [];
  const value = attributeOf(node, key);
  if (value === undefined) return true;
  const isSame = value.toLowerCase() === wanted.toLowerCase();
  return operator === '!=' ? !isSame : isSame;
}

function attributeOf({ ID, Spec, Description }: SwarmNode, key: string): string | undefined {
  if (key === 'node.id') return ID;
  if (key === 'node.hostname') return Description?.Hostname;
  if (key === 'node.role') return Spec.Role;
  if (key === 'node.platform.os') return Description?.Platform?.OS;
  if (key.startsWith('node.labels.')) return Spec.Labels?.[key.slice('node.labels.'.length)] ?? '';
  if (key.startsWith('engine.labels.')) return Description?.Engine?.Labels?.[key.slice('engine.labels.'.length)] ?? '';
  return undefined;
}
