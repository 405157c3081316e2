import type { Subject } from './follow.ts';

/** What a deployment of GitHub's says of itself in its payload, so that later runs know what it was about. */
export interface Payload {
  readonly drayage: { readonly project: string; readonly services: readonly string[]; readonly command: string };
}

export function payloadOf({ project, services, command }: Subject & { readonly project: string }): Payload {
  return { drayage: { project, services: [...services].sort(), command } };
}

/**
 * Whether nothing of an earlier deployment is in place any more. GitHub would say so of everything else in an environment;
 * the services of a monorepo are deployed one by one.
 */
export function supersedes(now: Payload, earlier: unknown): boolean {
  const before = readPayload(earlier);
  const { project, services } = now.drayage;
  return before !== undefined && before.project === project && before.services.every((name) => services.includes(name));
}

/** GitHub hands a payload back as an object, or as its text. */
function readPayload(payload: unknown): { readonly project: string; readonly services: readonly string[] } | undefined {
  const value = typeof payload === 'string' ? fromJson(payload) : payload;
  const { drayage } = (value ?? {}) as { drayage?: { readonly project?: unknown; readonly services?: unknown } };
  const { project, services } = drayage ?? {};
  if (typeof project !== 'string' || !Array.isArray(services) || services.length === 0) return undefined;
  return { project, services: services.map(String) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An environment with the number of a pull request in its name (`pr-12`) goes when the pull request does. */
export function isTransient(environment: string, pullRequest: number | undefined): boolean {
  return pullRequest !== undefined && environment.split(/[^0-9]+/).includes(String(pullRequest));
}

export const isProduction = (environment: string): boolean => environment === 'production';
