import * as z from 'zod';
import { isOwnedBy, labelPrefix, type Owner } from '../../config/names.ts';
import type { BatchResponse } from '../../docker/api-batch.ts';
import { DrayageError } from '../../errors/drayage-error.ts';

/** Something that the engine keeps and Drayage has made. */
export interface EngineObject {
  readonly kind: 'container' | 'task' | 'service' | 'secret' | 'network' | 'volume';
  readonly name: string;
  /** By its labels; undefined where they are not complete. */
  readonly owner: Owner | undefined;
  readonly service: string | undefined;
  /** Named volumes it has mounted. */
  readonly volumes: readonly string[];
  /** Whether it belongs to this environment of this project of this organization. */
  isOf(environment: Owner): boolean;
}

const ours = encodeURIComponent(JSON.stringify({ label: [`${labelPrefix}.project`] }));

/** A container that somebody ran by hand of our image has the image's labels, and belongs to no deployment. */
const deployed = encodeURIComponent(JSON.stringify({ label: [`${labelPrefix}.project`, `${labelPrefix}.deployment`] }));

/** What the engine is asked, in the order of the answers. What only managers of a Swarm know others refuse to say. */
export const enginePaths = [
  '/info',
  `/containers/json?all=1&filters=${deployed}`,
  `/networks?filters=${ours}`,
  `/volumes?filters=${ours}`,
  `/services?filters=${ours}`,
  `/secrets?filters=${ours}`,
] as const;

const labels = z.record(z.string(), z.string()).nullish();
const info = z.looseObject({ Swarm: z.looseObject({ ControlAvailable: z.boolean() }) });
const containers = z.array(
  z.looseObject({
    Names: z.array(z.string()).min(1),
    Labels: labels,
    Mounts: z.array(z.looseObject({ Type: z.string(), Name: z.string().optional() })).nullish(),
  }),
);
const networks = z.array(z.looseObject({ Name: z.string(), Labels: labels }));
const volumes = z.looseObject({ Volumes: z.array(z.looseObject({ Name: z.string(), Labels: labels })).nullish() });
const mounts = z.array(z.looseObject({ Type: z.string(), Source: z.string().optional() })).nullish();
const services = z.array(
  z.looseObject({
    Spec: z.looseObject({
      Name: z.string(),
      Labels: labels,
      TaskTemplate: z.looseObject({ ContainerSpec: z.looseObject({ Mounts: mounts }).nullish() }).nullish(),
    }),
  }),
);
const secrets = z.array(z.looseObject({ Spec: z.looseObject({ Name: z.string(), Labels: labels }) }));

/** Throws DOCKER_UNREACHABLE where the engine did not answer. */
export function engineObjects(
  answers: readonly BatchResponse[],
  server: string,
  errors: string,
): { readonly isManager: boolean; readonly all: readonly EngineObject[] } {
  const [about, ...bodies] = answers.map(({ body }) => body);
  const engine = info.safeParse(about);
  const running = containers.safeParse(bodies[0]);
  if (!engine.success || !running.success) {
    const why = errors.trim().split('\n').at(-1)?.trim() || 'it gave no reason';
    throw new DrayageError('DOCKER_UNREACHABLE', `The Docker engine on ${server} did not answer: ${why}.`, {
      hint: `drayage status --servers ${server}`,
      cause: engine.error ?? running.error,
    });
  }
  return {
    isManager: engine.data.Swarm.ControlAvailable,
    all: [
      ...running.data.map(({ Names: [name = ''], Labels, Mounts }) =>
        object(
          Labels?.['com.docker.swarm.task.id'] === undefined ? 'container' : 'task',
          name.replace(/^\//, ''),
          Labels,
          (Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name !== undefined ? [Name] : [])),
        ),
      ),
      ...(networks.safeParse(bodies[1]).data ?? []).map(({ Name, Labels }) => object('network', Name, Labels)),
      ...(volumes.safeParse(bodies[2]).data?.Volumes ?? []).map(({ Name, Labels }) => object('volume', Name, Labels)),
      ...(services.safeParse(bodies[3]).data ?? []).map(({ Spec: { Name, Labels, TaskTemplate } }) =>
        object(
          'service',
          Name,
          Labels,
          (TaskTemplate?.ContainerSpec?.Mounts ?? []).flatMap(({ Type, Source }) =>
            Type === 'volume' && Source !== undefined ? [Source] : [],
          ),
        ),
      ),
      ...(secrets.safeParse(bodies[4]).data ?? []).map(({ Spec: { Name, Labels } }) => object('secret', Name, Labels)),
    ],
  };
}

function object(
  kind: EngineObject['kind'],
  name: string,
  given: Readonly<Record<string, string>> | null | undefined,
  mounted: readonly string[] = [],
): EngineObject {
  const all = given ?? {};
  const owner = ownerIn(all);
  return {
    kind,
    name,
    owner,
    service: owner?.service,
    volumes: mounted,
    isOf: (environment) => isOwnedBy({ ...environment, service: undefined }, all),
  };
}

function ownerIn(all: Readonly<Record<string, string>>): Owner | undefined {
  const part = (name: string) => all[`${labelPrefix}.${name}`];
  const [project, environment, organization] = [part('project'), part('environment'), part('organization')];
  if (project === undefined || environment === undefined || organization === undefined) return undefined;
  return {
    organization: organization === '' ? undefined : organization,
    project,
    environment,
    service: part('service'),
  };
}
