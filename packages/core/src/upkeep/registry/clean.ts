import { familiarImage, parseImage } from '../../config/image-reference.ts';
import type { Project } from '../../config/model.ts';
import { pickService } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { RegistryClient } from '../../registry/client.ts';
import { registryOf } from '../../registry/credentials.ts';
import { readableSize } from '../../report/size.ts';
import type { Cleaned, Looked } from '../cleanup.ts';
import type { Needed } from '../needed.ts';
import { planServer } from '../plan.ts';
import type { ServiceScope } from '../scope.ts';
import type { Thing } from '../tell.ts';
import { planRetention, type RetentionPlan } from './plan.ts';
import { readRepository } from './read.ts';

export interface RegistryRequest {
  readonly project: Project;
  readonly scopes: readonly ServiceScope[];
  readonly looked: readonly Looked[];
  readonly needed: Needed;
  readonly dryRun: boolean;
  /** What went wrong so far; more is added. */
  readonly failures: DrayageError[];
}

/** Removes old tags from the repositories of the services. Only where every server that deploys was seen: each may need any of them. */
export async function cleanRegistries(context: Context, request: RegistryRequest): Promise<readonly Cleaned[]> {
  const { project, looked, scopes } = request;
  const pushed = scopes.filter(({ service }) => pickService(project, service).image !== undefined);
  if (pushed.length === 0) return [];
  const unseen = Object.values(project.servers).filter(
    ({ name, role }) => role !== 'build' && !looked.some(({ server }) => server.name === name),
  );
  if (unseen.length > 0) {
    context.report.warn(`No tag is removed: what ${unseen.map(({ name }) => name).join(', ')} needs is not known.`);
    return [];
  }
  const cleaned = pushed.map(async (scope): Promise<Cleaned | undefined> => {
    try {
      return await cleanRepository(context, request, scope);
    } catch (error) {
      if (!(error instanceof DrayageError)) throw error;
      request.failures.push(error);
      return undefined;
    }
  });
  return (await Promise.all(cleaned)).filter((one) => one !== undefined);
}

async function cleanRepository(
  context: Context,
  { project, looked, needed, dryRun }: RegistryRequest,
  scope: ServiceScope,
): Promise<Cleaned | undefined> {
  const service = pickService(project, scope.service);
  const image = parseImage(service.image ?? '');
  if (image === undefined) return undefined;
  const place = familiarImage({ registry: image.registry, repository: image.repository });
  const registry = registryOf(project.registries, image.registry) ?? { host: image.registry, insecure: false };
  if (registry.host === 'docker.io') {
    context.report.note(`${place}: Docker Hub removes no tags by its registry protocol; they stay.`);
    return undefined;
  }
  const through = service.build?.servers[0] ?? service.deploy.servers[0];
  await using client = new RegistryClient(registry, {
    signal: context.signal,
    dial: through === undefined ? undefined : async (host, port) => (await context.connect(through)).dial(host, port),
  });
  return await context.report.phase(`Clean up ${place}`, async (phase) => {
    const facts = await readRepository(client, image.repository, scope.owner);
    const digests = new Set([...needed.digests, ...staying(looked, needed, scope)]);
    const plan = planRetention({ ...facts, needed: digests, keep: scope.keep });
    const things = thingsOf(plan, place, scope);
    if (plan.removed.length === 0) {
      phase.note(`nothing to remove: ${facts.tags.length} tags`);
      return { place, freed: 0, removed: [] };
    }
    if (dryRun) {
      for (const { name, why } of things) phase.note(`would remove ${name}: ${why}`);
      phase.note(`${readableSize(plan.bytes)} less to keep for the registry`);
      return { place, freed: 0, removed: things };
    }
    const removed: Thing[] = [];
    for (const [index, { digest }] of plan.removed.entries()) {
      const refusal = await client.remove(image.repository, digest);
      const thing = things[index];
      if (refusal !== undefined) {
        context.report.warn(
          `${place}: the registry does not remove tags (${refusal}); set its own retention up instead.`,
        );
        return { place, freed: 0, removed };
      }
      if (thing !== undefined) removed.push(thing);
      phase.note(`removed ${thing?.name}: ${thing?.why}`);
    }
    for (const child of plan.children) await client.remove(image.repository, child);
    phase.note(`${readableSize(plan.bytes)} are freed when the registry collects its garbage`);
    return { place, freed: 0, removed };
  });
}

/** Digests of the images that stay on any server: one that was built or pushed just now is on its way to a node. */
function staying(looked: readonly Looked[], needed: Needed, scope: ServiceScope): string[] {
  return looked.flatMap(({ look }) => {
    const plan = planServer({ look, needed, scopes: [scope], builds: false, keepStorage: 0 });
    const going = new Set(plan.images.map(({ image }) => image));
    return look.images.flatMap((image) =>
      going.has(image) ? [] : image.digests.flatMap((name) => parseImage(name)?.digest ?? []),
    );
  });
}

function thingsOf({ removed }: RetentionPlan, place: string, { service, keep }: ServiceScope): Thing[] {
  return removed.map(({ digest, tags }) => ({
    kind: 'tag',
    id: digest,
    name: `${place}:${tags.join(', :')} (${digest.slice(0, 19)})`,
    bytes: 0,
    why: `${service}: beyond the last ${keep}`,
  }));
}
