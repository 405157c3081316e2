import { createHash } from 'node:crypto';
import type { RunSpec } from '../docker/run-spec.ts';

/** JSON with sorted keys and without undefined members, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/**
 * Identity of what runs. Left out is what only steers how a deployment proceeds: changing `keep` or `timeout` restarts
 * nothing.
 */
export function specHash(spec: RunSpec): string {
  const { update: _update, rollback: _rollback, drain: _drain, timeout: _timeout, keep: _keep, ...running } = spec;
  return createHash('sha256').update(canonicalJson(running)).digest('hex').slice(0, 16);
}
