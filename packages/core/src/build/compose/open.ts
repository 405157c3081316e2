import { readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Project, ServiceSpec } from '../../config/model.ts';
import { pickService } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { CheckoutFacts } from '../sources/checkout.ts';
import { lookIntoSource } from '../sources/look.ts';
import { openSource } from '../sources/open.ts';
import { ComposeFile } from './file.ts';
import { type ComposePart, partsOf } from './parts.ts';

/** Where Docker Compose looks for its file, in its order. */
const usualNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** The images of a compose file as services of the project. */
export interface Composed {
  readonly file: ComposeFile;
  readonly parts: readonly ComposePart[];
  /** The project with the parts among its services. */
  readonly project: Project;
}

/**
 * Reads the compose file of a service, on this machine or where the build server has fetched it. Throws SOURCE_INVALID, BUILD_IMPOSSIBLE, and what fetching
 * throws.
 */
export async function openComposed(
  context: Context,
  project: Project,
  name: string,
  git: CheckoutFacts,
): Promise<Composed> {
  const service = pickService(project, name);
  const { build } = service;
  if (build === undefined) throw new DrayageError('INTERNAL_BUG', `Service ${name} is not built.`);
  const names = build.file === undefined ? usualNames : [build.file];
  const texts = await readFirst(context, project, service, names, git);
  const index = texts.findIndex((text) => text !== undefined);
  const text = texts[index];
  const path = names[index];
  if (text === undefined || path === undefined) {
    throw new DrayageError('SOURCE_INVALID', `The source of ${name} has no ${names.join(', ')}.`, {
      hint: 'Name the compose file under build.file, relative to the source.',
      at: service.at,
    });
  }
  const file = new ComposeFile(text, path, service.source.kind === 'path');
  const parts = partsOf(project, service, path, file.builds(build.env));
  if (parts.length === 0) {
    throw new DrayageError('BUILD_IMPOSSIBLE', `No service of ${path} has a build: there is nothing to build.`, {
      at: service.at,
    });
  }
  return { file, parts, project: { ...project, services: [...project.services, ...parts.map(({ spec }) => spec)] } };
}

async function readFirst(
  context: Context,
  project: Project,
  service: ServiceSpec,
  names: readonly string[],
  git: CheckoutFacts,
): Promise<(string | undefined)[]> {
  const { source, build } = service;
  const [server] = build?.servers ?? [];
  if (build === undefined || server === undefined) return [];
  if (source.kind === 'path') {
    const root = join(dirname(project.file ?? 'drayage.yml'), source.path);
    return Promise.all(names.map((name) => readFile(join(root, name), 'utf8').catch(() => undefined)));
  }
  const whole = { ...build, context: '.' };
  const task = { project, service, build: whole, source, server, git, hasDockerfile: false };
  const [opened, connected] = [await openSource(context, task), await context.connect(server)];
  const paths = names.map((name) => posix.join(opened.context, name));
  return context.report.phase(`Read the compose file of ${service.name} on ${server}`, (phase) =>
    lookIntoSource(connected, opened, paths, phase, { signal: context.signal, timeout: build.timeout }),
  );
}
