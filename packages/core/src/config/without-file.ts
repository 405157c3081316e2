import { DrayageError } from '../errors/drayage-error.ts';
import { type Loaded, loadProject } from './load.ts';
import { asAddress } from './server-address.ts';

/** What single steps are told by their inputs when there is no drayage.yml. */
export interface GivenProject {
  readonly organization?: string;
  readonly project: string;
  readonly environment?: string;
  /** In the shape of drayage.yml, as are all the following. */
  readonly servers?: Readonly<Record<string, unknown>>;
  readonly registries?: Readonly<Record<string, unknown>>;
  readonly proxy?: Readonly<Record<string, unknown>>;
  readonly services?: Readonly<Record<string, unknown>>;
}

/** The same model as from a file, from values that are taken literally. Wrap secrets with `secret()`. */
export function projectFromInputs({ environment, ...overrides }: GivenProject): Promise<Loaded> {
  return loadProject({ environment, overrides: { ...overrides } });
}

/** A server in the shape of drayage.yml, with the name it is known by. */
export interface GivenServer {
  readonly name: string;
  readonly server: { readonly host: string; readonly user?: string; readonly port?: number };
}

const example = 'expected ssh://user@host:port or local';

/**
 * A server given as an input instead of by its name: `local`, or `ssh://user@host:port` (user root and port 22 may be
 * left out). undefined for text that is a plain name; INPUT_INVALID for an address that is none.
 */
export function serverFromAddress(text: string): GivenServer | undefined {
  if (text === 'local') return { name: 'local', server: { host: 'local' } };
  // No name of drayage.yml's servers has these characters.
  if (!/[@:]/.test(text)) return undefined;
  const match = /^ssh:\/\/(?:([^\s@:/]+)@)?(\[[0-9A-Fa-f:]+\]|[^\s@:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(text);
  const [, user, bracketed = '', port] = match ?? [];
  if (match === null || Number(port ?? 22) > 65_535 || Number(port ?? 22) === 0) {
    // A password in the address would be printed with it.
    const shown = text.replace(/:(?!\/\/).*@/, ':***@');
    const meant = text.includes('://') ? undefined : asAddress(text);
    throw new DrayageError('INPUT_INVALID', `"${shown}" is not the address of a server; ${example}.`, {
      hint: meant === undefined ? undefined : `Write ${meant}.`,
    });
  }
  const host = bracketed.replace(/^\[|\]$/g, '');
  const name = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return {
    name: port === undefined ? name : `${name}-${port}`,
    server: { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) },
  };
}
