import { familiarImage, parseImage } from '../config/image-reference.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import { ownerLabels, ownerOf, resourceName } from '../config/names.ts';
import type { GitFacts } from '../config/scope.ts';
import { expandTags } from '../registry/tags.ts';
import type { CheckoutFacts } from './sources/checkout.ts';

export interface Naming {
  readonly project: Project;
  readonly service: ServiceSpec;
  /** The commit that is built, with what it is called. */
  readonly commit: CheckoutFacts;
  /** A tag for exactly these sources, used where the service's tags stand for nothing. */
  readonly uniqueTag: string;
}

/**
 * The image's names on the build server, the most telling first: in its repository, or under the resource's own name where there is no registry. There it also gets a tag that
 * no other build takes away: an image without any name is what `docker image prune` removes, and a rollback may need it.
 */
export function imageNames({ project, service, commit, uniqueTag }: Naming): [string, ...string[]] {
  const parsed = service.image === undefined ? undefined : parseImage(service.image);
  const facts: GitFacts = commit;
  const tags = expandTags(service.tags, facts, uniqueTag);
  const name = (repository: string, all: readonly string[]): [string, ...string[]] => {
    const [first = uniqueTag, ...rest] = new Set(all);
    return [`${repository}:${first}`, ...rest.map((tag) => `${repository}:${tag}`)];
  };
  if (parsed === undefined) return name(resourceName(ownerOf(project, service)), [...tags, uniqueTag]);
  return name(familiarImage({ registry: parsed.registry, repository: parsed.repository }), tags);
}

/**
 * Our own labels, those of the OCI image specification (annotations.md), then the user's. Nothing that changes from run to run: `created` is when the
 * commit was made.
 */
export function imageLabels({ project, service, commit }: Naming): Record<string, string> {
  const source = service.source.kind === 'git' ? service.source.url : commit.remote;
  const [, version] = /^v?(\d+\.\d+\.\d+\S*)$/.exec(commit.tag ?? '') ?? [];
  const described = {
    'org.opencontainers.image.revision': commit.sha,
    'org.opencontainers.image.source': source?.replace(/\/\/[^@/]*@/, '//'),
    'org.opencontainers.image.created': commit.committedAt,
    'org.opencontainers.image.version': version,
  };
  const known = Object.entries(described).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...ownerLabels(ownerOf(project, service)), ...Object.fromEntries(known), ...service.build?.labels };
}
