import { isGated, isSigned } from '../config/gates.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { TrustTools } from '../trust/tools.ts';

export interface TrustNeeds {
  readonly project: Project;
  /** Asked for only where a service is scanned or signed. */
  readonly tools?: () => Promise<TrustTools>;
  readonly dryRun?: boolean;
}

/** Whether anything has to be done to an image between its push and its deployment. */
export function needsTrust(service: ServiceSpec): boolean {
  return isGated(service) || isSigned(service);
}

/** Signs, verifies and scans the image of a service as it asks for. Returns it by its digest; throws where it must not be deployed. */
export async function trusted(
  context: Context,
  { project, tools }: TrustNeeds,
  service: ServiceSpec,
  image: string,
): Promise<string> {
  if (tools === undefined) {
    throw new DrayageError(
      'INTERNAL_BUG',
      `Service ${service.name} is scanned or signed, and there are no tools to do it.`,
    );
  }
  const { clearImage } = await import('../trust/clear.ts');
  return clearImage(context, { project, service, image, fresh: true }, await tools());
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
