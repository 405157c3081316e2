import type { Project, ServiceSpec, SourceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { serviceStatus } from '../service/status.ts';

/**
 * A dry run builds nothing, so the digest of the next image is not known. The rest of the service is compared as if it
 * kept the image that runs; undefined where none does.
 */
export async function foreseenImage(
  context: Context,
  project: Project,
  service: ServiceSpec,
): Promise<string | undefined> {
  const { source } = service;
  context.report.note(
    `${service.name}: an image would be built from ${originOf(source)}; its digest is not known before.`,
  );
  const nodes = await serviceStatus(context, { project, service: service.name });
  return nodes.find(({ current }) => current !== undefined)?.current?.pinnedImage;
}

function originOf(source: SourceSpec): string {
  switch (source.kind) {
    case 'git':
      return source.url;
    case 'path':
      return `the folder ${source.path}`;
    case 'archive':
      return source.archive;
    case 'dockerfile':
      return 'the Dockerfile in drayage.yml';
    case 'image':
      return source.image;
  }
}
