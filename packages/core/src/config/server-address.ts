import { isIPv6 } from 'node:net';
import { nearest } from './nearest.ts';

/**
 * How an address has to be written that was given without its ssh://: `root@203.0.113.10` is ssh://root@203.0.113.10.
 * undefined for what cannot be one. A password in it is left out, because what is returned is printed.
 */
export function asAddress(text: string): string | undefined {
  if (text === 'localhost') return 'local';
  const [, user, rest = ''] = /^(?:([^\s@:/]+)(?::[^@/]*)?@)?([^@]+)$/.exec(text) ?? [];
  const login = user === undefined ? '' : `${user}@`;
  if (isIPv6(rest)) return `ssh://${login}[${rest}]`;
  const [, host, port] =
    /^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
  if (host === undefined || Number(port ?? 22) > 65_535) return undefined;
  return `ssh://${login}${host}${port === undefined ? '' : `:${port}`}`;
}

/** What to write instead of a server that an input names and drayage.yml does not have. */
export function serverHint(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  const address = name === 'localhost' || name.includes('.') ? asAddress(name) : undefined;
  const listed = names.length === 0 ? '' : `, or a name of drayage.yml: ${names.join(', ')}`;
  if (address !== undefined) return `Write ${address}${listed}.`;
  return names.length === 0
    ? 'Add it under servers: in drayage.yml, or give ssh://user@host.'
    : `There is: ${names.join(', ')}. An address is written ssh://user@host.`;
}
