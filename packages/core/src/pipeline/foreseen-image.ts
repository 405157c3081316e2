import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { staysHere } from '../image/direct/plan.ts';
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
  const origin =
    source.kind === 'git' ? source.url : source.kind === 'path' ? `the folder ${source.path}` : source.image;
  context.report.note(`${service.name}: an image would be built from ${origin}; its digest is not known before.`);
  const [builder = ''] = service.build?.servers ?? [];
  if (service.image === undefined && !staysHere(builder, service.deploy.servers)) {
    const places = service.deploy.servers.join(', ');
    context.report.note(
      `${service.name}: no registry is named, so what ${places} lacks of the image would travel there from ${builder} over SSH.`,
    );
  }
  const nodes = await serviceStatus(context, { project, service: service.name });
  return nodes.find(({ current }) => current !== undefined)?.current?.pinnedImage;
}
