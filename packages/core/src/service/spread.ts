import { type Owner, ownerLabels } from '../config/names.ts';
import type { RunSpec } from '../docker/run-spec.ts';
import type { Server } from '../transport/server.ts';
import type { NodeJob } from './apply.ts';
import { spreadProgram } from './job/program.ts';
import type { Node } from './look.ts';

export interface SpreadInput {
  /** A manager, which asks the Swarm. */
  readonly server: Server;
  readonly id: string;
  readonly owner: Owner;
  readonly resource: string;
  readonly spec: RunSpec;
  /** Those we have a connection to: they pull by themselves. */
  readonly nodes: readonly Node[];
  readonly registryAuth: string | undefined;
}

/** Whether the Swarm has nodes that we have no connection to, as its manager counts them. */
export function hasFurtherNodes(nodes: readonly Node[]): boolean {
  const ours = nodes.filter(({ facts }) => facts.swarm.active).length;
  return nodes.some(({ facts }) => (facts.swarm.nodes ?? 0) > ours);
}

/** The job that brings an image to every other node on which the service may run. */
export function spreadJob({ server, id, owner, resource, spec, nodes, registryAuth }: SpreadInput): NodeJob {
  const service = `${resource.slice(0, 40)}-pull-${id}`;
  const known = nodes.flatMap(({ facts }) => (facts.swarm.active ? [`node.id != ${facts.swarm.nodeId}`] : []));
  return {
    server,
    id: `spread-${id}`,
    script: spreadProgram({ image: spec.image, service, timeout: spec.timeout }),
    files: {
      'spread.json': JSON.stringify({
        Name: service,
        // What a run that was killed leaves behind is retired by the next one.
        Labels: ownerLabels(owner),
        TaskTemplate: {
          ContainerSpec: { Image: spec.image, Command: ['/sbin/docker-init', '--version'], Init: true },
          RestartPolicy: { Condition: 'none' },
          Placement: { Constraints: [...spec.placement.constraints, ...known] },
        },
        Mode: { GlobalJob: {} },
      }),
      ...(registryAuth === undefined ? {} : { 'registry-auth': registryAuth }),
    },
    servesOn: false,
    timeout: spec.timeout,
  };
}
