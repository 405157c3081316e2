import { formatImage, parseImage } from '../image-reference.ts';
import type { DomainSpec, ServerSpec, ServiceSpec, SourceSpec } from '../model.ts';
import { hasReference } from '../references.ts';
import { isTag, tagExpected } from '../schema/image.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { GitFacts } from '../scope.ts';
import { locate, nodeAt, type Path, printPath } from '../tree.ts';
import { buildSpec } from './build.ts';
import { deploySpec } from './deploy.ts';
import { domainSpec } from './domain.ts';
import { healthPort } from './health.ts';
import type { Reading } from './reading.ts';
import { sourceSpec } from './source.ts';
import { scanSpec, signSpec } from './trust.ts';
import type { Variables } from './variables.ts';

export interface ServiceSurroundings {
  readonly variables: Variables;
  readonly servers: readonly ServerSpec[];
  readonly git: GitFacts;
}

export async function serviceSpec(
  name: string,
  given: ParsedApplication,
  around: ServiceSurroundings,
  reading: Reading,
): Promise<ServiceSpec> {
  const path = ['services', name];
  const { deploy } = given;
  const source = sourceSpec(given.source, path, reading);
  if (source.kind === 'image') refuseBuildOfImage(given, path, reading);
  if (source.kind === 'dockerfile') refuseFilesOfText(given, path, reading);
  const published = deploy.ports[0]?.target;
  const domainPort = given.domains.find((domain) => domain.port !== undefined)?.port;
  const domains: DomainSpec[] = [];
  for (const [index, domain] of given.domains.entries()) {
    const port = healthPort(deploy.health) ?? domainPort ?? published;
    const spec = await domainSpec(domain, [...path, 'domains', index], port, reading);
    if (spec !== undefined) domains.push(spec);
  }
  const at = locate(reading.tree, path, 'key');
  return {
    name,
    source,
    build: source.kind === 'image' ? undefined : buildSpec(given.build, path, around.servers, reading),
    image: given.image === undefined ? undefined : imageName(given.image, [...path, 'image'], reading),
    tags:
      source.kind === 'image'
        ? []
        : (given.tags?.map((tag, index) => tagText(tag, [...path, 'tags', index], reading)) ??
          defaultTags(source, around.git)),
    scan: scanSpec(given.scan),
    sign: await signSpec(given.sign, path, { isPrebuilt: source.kind === 'image', image: given.image }, reading),
    deploy: await deploySpec(
      deploy,
      path,
      { variables: around.variables, servers: onlyServer(around.servers), port: domainPort ?? published },
      reading,
    ),
    domains,
    at: at?.line === undefined ? undefined : { file: at.file, line: at.line, column: at.column ?? 1 },
  };
}

/** A tag as it stands must be one; what references stand for is mapped to one where the image is named. */
function tagText(text: string, at: Path, reading: Reading): string {
  const node = nodeAt(reading.tree, at);
  const isTemplate = node?.kind === 'leaf' && node.literal !== true && hasReference(node.text ?? '');
  if (isTag(text) || isTemplate) return text;
  reading.problems.error(at, `${printPath(at)} is "${text}"; expected ${tagExpected}.`);
  return text;
}

/** By commit where there will be one. */
function defaultTags(source: SourceSpec, git: GitFacts): readonly string[] {
  return source.kind === 'git' || git.sha !== undefined ? ['sha'] : ['latest'];
}

/** With one server that deploys there is nothing to choose. */
function onlyServer(servers: readonly ServerSpec[]): readonly string[] {
  const candidates = servers.filter((server) => server.role !== 'build');
  return candidates.length === 1 ? candidates.map((server) => server.name) : [];
}

function refuseBuildOfImage(given: ParsedApplication, path: Path, reading: Reading): void {
  for (const key of ['build', 'image', 'tags'] as const) {
    if (given[key] === undefined) continue;
    const message = `${printPath(path)} has both source.image and ${key}; a prebuilt image is neither built nor pushed.`;
    reading.problems.error([...path, key], message, {
      what: 'key',
      code: 'CONFIG_CONFLICT',
      hint: `Remove ${key} or source.image.`,
    });
  }
}

/** A Dockerfile that stands in drayage.yml has no file name, no folder, and nothing to detect. */
function refuseFilesOfText({ build }: ParsedApplication, path: Path, reading: Reading): void {
  const plain: Readonly<Record<string, readonly unknown[]>> = {
    type: [undefined, 'dockerfile'],
    dockerfile: [undefined, 'Dockerfile'],
    context: [undefined, '.'],
  };
  for (const [key, values] of Object.entries(plain)) {
    const given = build === undefined ? undefined : Reflect.get(build, key);
    if (values.includes(given)) continue;
    const message = `${printPath(path)} has both source.dockerfile and build.${key}: ${given}; the text is the whole source.`;
    reading.problems.error([...path, 'build', key], message, {
      what: 'key',
      code: 'CONFIG_CONFLICT',
      hint: `Remove build.${key}, or use another source.`,
    });
  }
}

function imageName(text: string, at: Path, reading: Reading): string {
  const image = parseImage(text);
  if (image !== undefined && image.tag === undefined && image.digest === undefined) return formatImage(image);
  const without =
    image === undefined ? undefined : formatImage({ registry: image.registry, repository: image.repository });
  reading.problems.error(at, `${printPath(at)} is "${text}"; expected registry and repository without a tag.`, {
    hint: without === undefined ? 'For example ghcr.io/acme/shop-web.' : `Write ${without}, and the tag under tags.`,
  });
  return text;
}
