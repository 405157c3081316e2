import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import { DrayageError } from '../errors/drayage-error.ts';
import { readPrivateKey } from './private-key.ts';
import { addressOf, type Target } from './target.ts';

/** Offers what the target has, in a fixed order, and remembers what the server said, for the message. */
export interface Authentication {
  /** Whether the first method needs nothing the server would say first (RSA keys and agents need its list of hashes). */
  readonly atOnce: boolean;
  /** For ssh2's `authHandler`. The usual first attempt without any proof is left out: it costs a round trip. */
  next(allowed: AuthenticationType[] | null): AnyAuthMethod | false;
  refused(cause: Error): DrayageError;
}

/** Throws the SSH_KEY_… errors of readPrivateKey, before anything is sent. */
export function authentication(target: Target): Authentication {
  const { auth, user } = target;
  const address = addressOf(target);
  const methods: { name: string; allowedAs: AuthenticationType; method: AnyAuthMethod }[] = [];
  if (auth.privateKey !== undefined && auth.privateKey !== '') {
    const key: ParsedKey = readPrivateKey(auth.privateKey, auth.passphrase, address);
    methods.push({
      name: `key (${key.type})`,
      allowedAs: 'publickey',
      method: { type: 'publickey', username: user, key },
    });
  }
  if (auth.agent !== undefined && auth.agent !== '') {
    methods.push({
      name: 'agent',
      allowedAs: 'publickey',
      method: { type: 'agent', username: user, agent: auth.agent },
    });
  }
  if (auth.password !== undefined && auth.password !== '') {
    const password = auth.password;
    methods.push({ name: 'password', allowedAs: 'password', method: { type: 'password', username: user, password } });
    methods.push({
      name: 'password prompt',
      allowedAs: 'keyboard-interactive',
      method: {
        type: 'keyboard-interactive',
        username: user,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
      },
    });
  }
  const nothing = methods.length === 0;
  if (nothing)
    methods.push({ name: 'no key', allowedAs: 'none' as AuthenticationType, method: { type: 'none', username: user } });
  const tried: string[] = [];
  let accepted: readonly string[] | null = null;
  return {
    atOnce: methods[0]?.name === 'password' || /^key \((?!ssh-rsa)/.test(methods[0]?.name ?? ''),
    next(allowed) {
      if (allowed !== null) accepted = allowed;
      for (let entry = methods.shift(); entry !== undefined; entry = methods.shift()) {
        if (accepted !== null && !accepted.includes(entry.allowedAs)) continue;
        tried.push(entry.name);
        return entry.method;
      }
      return false;
    },
    refused(cause) {
      const said = accepted === null ? '' : ` The server takes: ${accepted.join(', ')}.`;
      const hint = nothing
        ? `No key, password or agent was given: give the input "ssh-key", or DRAYAGE_SSH_KEY in the environment. ${auth.whyNone ?? ''}`.trim()
        : `Check the user name, and that the public half of the key is in ${user}'s ~/.ssh/authorized_keys.`;
      const message = `${address} refused the login with ${tried.join(', then ')}.${said}`;
      return new DrayageError('SSH_AUTH_FAILED', message, { hint, cause });
    },
  };
}
