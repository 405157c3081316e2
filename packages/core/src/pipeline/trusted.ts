import { isGated, isSigned } from '../config/gates.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';

/** Whether anything has to be done to an image between its push and its deployment. */
export function needsTrust(service: ServiceSpec): boolean {
  return isGated(service) || isSigned(service);
}

/** Signs, verifies and scans the image of a service as it asks for. Returns it by its digest; throws where it must not be deployed. */
export async function trusted(
  context: Context,
  project: Project,
  service: ServiceSpec,
  image: string,
): Promise<string> {
  const { clearImage } = await import('../trust/clear.ts');
  return clearImage(context, { project, service, image, fresh: true });
}

/** What a dry run says instead. */
export function foretellTrust(context: Context, { name, scan, sign }: ServiceSpec): void {
  if (sign?.verify === true) context.report.note(`${name}: its signature would be verified by ${sign.tool} before.`);
  if (scan !== undefined) {
    context.report.note(
      `${name}: its image would be scanned by ${scan.tool} before, and stopped by a ${scan.failOn} finding.`,
    );
  }
}
