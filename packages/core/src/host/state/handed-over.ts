import type { Project } from '../../config/model.ts';
import { pickService } from '../../config/pick.ts';
import type { Report } from '../../report/report.ts';
import type { Checkout } from '../git-facts.ts';
import type { ServiceState } from './state.ts';
import type { StateStore } from './store.ts';

interface Handover {
  readonly state: StateStore;
  readonly report: Pick<Report, 'note'>;
  /** Where state is bound to a folder only, and may be of any day. */
  readonly isLaptop: boolean;
  readonly checkout: () => Promise<Checkout>;
}

/**
 * Reads what earlier steps of this run handed over for a service. On a laptop nothing tells one run from the next: there it is what was made of the commit
 * that is checked out, and of another source than the checkout it is said when. Throws STATE_INVALID.
 */
export function handover({ state, report, isLaptop, checkout }: Handover) {
  return async (project: Project, service: string): Promise<ServiceState | undefined> => {
    const found = state.read(project, service);
    if (!isLaptop || found === undefined) return found;
    if (pickService(project, service).source.kind !== 'path') {
      if (found.isUnfinished !== true) report.note(`${service}: the image is the one ${origin(found)}.`);
      return found;
    }
    if (found.sourceCommit === undefined) return found;
    const { sha } = await checkout();
    if (sha === found.sourceCommit) return found;
    report.note(
      `${service}: what was last built in this folder is of commit ${short(found.sourceCommit)}, and ${short(sha)} is checked out: it is not used.`,
    );
    return undefined;
  };
}

function origin({ at, sourceCommit }: ServiceState): string {
  const commit = sourceCommit === undefined ? '' : `, of commit ${short(sourceCommit)}`;
  return `that was made in this folder on ${new Date(at).toISOString().slice(0, 10)}${commit}`;
}

function short(sha = 'no commit'): string {
  return /^[0-9a-f]{40,}$/.test(sha) ? sha.slice(0, 12) : sha;
}
