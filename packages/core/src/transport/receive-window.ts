import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/** Bytes that the other side may send before we have read them: at 50 ms to the server, enough for 160 MB/s. */
const wide = 8 * 1024 * 1024;
/** Bytes that are read before the other side is told so. */
const step = 256 * 1024;

/** The parts of a channel of ssh2 1.17 that tell how much may come in. None of this is its public interface. */
interface Internals {
  readonly incoming: { window: number };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { channelWindowAdjust(channel: number, amount: number): void } };
  _read(size: number): void;
}

/**
 * Lets a server go on sending while what it sent is read. ssh2 allows 2 MB, and more only when half of that was received
 * (RFC 4254, section 5.2, leaves it to the receiver): then 1 MB moves in a round trip, which is 20 MB/s at 50 ms, half of
 * what OpenSSH's client does. Here each part that was read is allowed again at once, and what is allowed grows to 8 MB on
 * channels that bring more than a few lines. What is not read is not allowed, so a slow reader costs no more memory than
 * that. Where ssh2 is not built as expected nothing is changed, and large transfers are only slower.
 */
export function widenWindow(channel: ClientChannel): ClientChannel {
  if (!isKnown(channel)) return channel;
  const { incoming, outgoing, _client } = channel;
  const read = channel._read.bind(channel);
  let allowed = incoming.window;
  // Called when the stream's reader has room for more.
  channel._read = (size) => {
    // Nothing may follow the end of a channel (RFC 4254, section 5.3), and all that ssh2 does here is to allow more.
    if (outgoing.state === 'closing' || outgoing.state === 'closed') return;
    read(size);
    if (allowed - incoming.window < step) return;
    allowed = wide;
    const amount = wide - incoming.window - (channel as unknown as Readable).readableLength;
    if (amount <= 0) return;
    incoming.window += amount;
    _client._protocol.channelWindowAdjust(outgoing.id, amount);
  };
  return channel;
}

function isKnown(channel: unknown): channel is Internals {
  const { incoming, outgoing, _client: client, _read: read } = channel as Record<string, unknown>;
  if (!isObject(incoming) || !isObject(outgoing) || !isObject(client) || !isObject(client._protocol)) return false;
  return (
    typeof incoming.window === 'number' &&
    typeof outgoing.id === 'number' &&
    typeof outgoing.state === 'string' &&
    typeof client._protocol.channelWindowAdjust === 'function' &&
    typeof read === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
