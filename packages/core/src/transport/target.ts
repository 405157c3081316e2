/** What proves that the account is ours. Several may be given: key, then agent, then password are tried. */
export interface Credentials {
  /** Text of the private key, in any usual format; damage from pasting is mended. */
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly password?: string;
  /** Path of the agent's socket. */
  readonly agent?: string;
  /** Why there may be nothing of all this, for the message when the server wants some. */
  readonly whyNone?: string;
}

/** Where to connect and what to check before anything is sent. */
export interface Target {
  /** The name in drayage.yml, or the address. */
  readonly name: string;
  /** A name, an address, or `local` for this machine, for which all below is ignored. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: Credentials;
  /** `SHA256:…` as `ssh-keygen -lf` prints it, or a public key as in known_hosts. It alone decides when given. */
  readonly hostKey?: string;
  /** Text of a known_hosts file. */
  readonly knownHosts?: string;
  /** What happens to a host whose key nothing tells: refused, or taken and reported. */
  readonly hostKeyPolicy: 'strict' | 'accept-new';
  /** The host through which this one is reached; it is checked in the same way. */
  readonly jump?: Target;
  /** Shells to open ahead beside the first one: each that is opened when it is needed costs round trips. Default: 1. */
  readonly spareShells?: number;
}

export function addressOf(target: Target): string {
  if (target.host === 'local') return 'this machine';
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${target.user}@${host}:${target.port}`;
}
