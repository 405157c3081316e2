import { builders } from './codes/builders.ts';
import { builds } from './codes/builds.ts';
import { deployments } from './codes/deployments.ts';
import { domains } from './codes/domains.ts';
import type { Explanation } from './codes/explanation.ts';
import { inputs } from './codes/inputs.ts';
import { servers } from './codes/servers.ts';
import { trust } from './codes/trust.ts';

/** Every error Drayage has; a new one goes into the file of its kind. */
const explanations = { ...inputs, ...servers, ...builders, ...builds, ...deployments, ...domains, ...trust };

export type ErrorCode = keyof typeof explanations;

export const errorCodes = Object.keys(explanations).sort() as readonly ErrorCode[];

export function explain(code: ErrorCode): Explanation {
  return explanations[code];
}

export function exitStatusOf(code: ErrorCode): number {
  return explain(code).exit ?? 1;
}
