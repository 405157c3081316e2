import type { Client, ParsedKey } from 'ssh2';

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
type Handler = (...args: unknown[]) => void;

/** The parts of ssh2 1.17 that decide when it waits. None of this is its public interface: see `internalsOf`. */
interface Internals {
  readonly protocol: {
    service(name: string): void;
    authPK(user: string, key: ParsedKey, algorithm?: string, sign?: Sign): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  readonly handlers: Record<string, Handler>;
  channels(): readonly { outgoing: { id: number }; _callbacks: ((failed: boolean) => void)[]; close(): void }[];
}

/**
 * Leaves out three waits that SSH does not ask for and OpenSSH's own client does not make either: for the acceptance of
 * the login service (RFC 4253, section 10), for leave to send a signature (RFC 4252, section 7), and for the start of a
 * program before its input is sent. At 50 ms to the server this is 100 ms of the login and 50 ms of every command.
 * Where ssh2 is not built as expected nothing is changed, and connections are only slower.
 */
export function saveRoundTrips(client: Client, options: { loginAtOnce: boolean }): void {
  const internals = internalsOf(client);
  if (internals === undefined) return;
  if (options.loginAtOnce) loginAtOnce(internals);
  signAtOnce(internals);
  sendInputAtOnce(internals);
}

function loginAtOnce({ protocol, handlers }: Internals): void {
  const request = protocol.service.bind(protocol);
  protocol.service = (name) => {
    request(name);
    const accepted = handlers.SERVICE_ACCEPT;
    handlers.SERVICE_ACCEPT = () => undefined;
    queueMicrotask(() => accepted?.(protocol, name));
  };
}

const hashes: Readonly<Record<string, string>> = {
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ssh-rsa': 'sha1',
};

function signAtOnce({ protocol }: Internals): void {
  const authenticate = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign !== undefined || !key.isPrivateKey()) return authenticate(user, key, algorithm, sign);
    authenticate(user, key, algorithm, (data, done) => {
      const signature: unknown = key.sign(data, hashes[algorithm ?? '']);
      if (Buffer.isBuffer(signature)) done(signature);
      else authenticate(user, key, algorithm);
    });
  };
}

function sendInputAtOnce({ protocol, channels }: Internals): void {
  const start = protocol.exec.bind(protocol);
  protocol.exec = (id, command, wantReply) => {
    start(id, command, wantReply);
    const channel = channels().find((candidate) => candidate.outgoing?.id === id);
    queueMicrotask(() => {
      const started = channel?._callbacks.shift();
      if (channel === undefined || started === undefined) return;
      channel._callbacks.push((failed) => {
        if (failed) channel.close();
      });
      started(false);
    });
  };
}

function internalsOf(client: Client): Internals | undefined {
  const protocol: unknown = Reflect.get(client, '_protocol');
  const manager: unknown = Reflect.get(client, '_chanMgr');
  if (!isObject(protocol) || !isObject(manager) || !isObject(protocol._handlers) || !isObject(manager._channels))
    return undefined;
  const known = ['service', 'authPK', 'exec'].every((name) => typeof protocol[name] === 'function');
  if (!known || typeof protocol._handlers.SERVICE_ACCEPT !== 'function') return undefined;
  return {
    protocol: protocol as unknown as Internals['protocol'],
    handlers: protocol._handlers as Internals['handlers'],
    channels: () => Object.values(manager._channels as object).filter(isOpenChannel),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isOpenChannel(value: unknown): value is ReturnType<Internals['channels']>[number] {
  return isObject(value) && isObject(value.outgoing) && Array.isArray(value._callbacks);
}
