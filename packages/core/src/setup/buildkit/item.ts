import { X509Certificate } from 'node:crypto';
import type { BuildkitSpec } from '../../config/buildkit-spec.ts';
import type { Context } from '../../context.ts';
import { tryHandshake } from '../../transport/tls-handshake.ts';
import type { Item } from '../items.ts';
import { lifetime, oneDay } from './lifetime.ts';
import { hostOf } from './plan.ts';

const item = 'buildkitd';

/**
 * Whether the buildkitd of a server accepts this machine, and for how long: one handshake, no SSH. Never throws but for a cancelled run.
 */
export async function daemonItem(context: Pick<Context, 'signal'>, name: string, spec: BuildkitSpec): Promise<Item> {
  const { address = '', ca, cert, key } = spec;
  const setup = `Run: drayage setup-build-server --servers ${name}`;
  if (ca === undefined || cert === undefined || key === undefined)
    return { item, ok: false, detail: 'this machine has no certificate for it', cure: setup };
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 1234);
  const result = await tryHandshake({
    host: hostOf(address),
    port,
    ca,
    cert,
    key: key.reveal(),
    signal: context.signal,
  });
  if (result.kind !== 'accepted') {
    const open = `Open ${port}/tcp of ${hostOf(address)} to the machines that build, and to nobody else.`;
    const detail = result.kind === 'unreachable' ? `${address} does not answer: ${result.reason}` : result.reason;
    return { item, ok: false, detail, cure: result.kind === 'unreachable' ? open : setup };
  }
  return expiryItem(
    [
      { whose: 'its certificate', until: result.validTo },
      { whose: "this machine's certificate", until: new Date(new X509Certificate(cert).validTo) },
      { whose: 'the authority', until: new Date(new X509Certificate(ca).validTo), early: lifetime.renewAuthority },
    ],
    setup,
  );
}

interface Expiry {
  readonly whose: string;
  readonly until: Date;
  /** Days before the end that setup renews it. */
  readonly early?: number;
}

/** The item for certificates of a buildkitd that answers: the one that ends first is named. */
export function expiryItem(certificates: readonly Expiry[], cure: string, now = new Date()): Item {
  const [first] = certificates.toSorted((one, other) => one.until.getTime() - other.until.getTime());
  const due = certificates.filter(
    ({ until, early = lifetime.renewLeaf }) => until.getTime() - now.getTime() < early * oneDay,
  );
  const told = due[0] ?? first;
  const detail = `it answers; ${told?.whose} expires on ${told?.until.toISOString().slice(0, 10)}`;
  return {
    item,
    ok: certificates.every(({ until }) => until > now),
    detail,
    cure: due.length === 0 ? undefined : cure,
  };
}
