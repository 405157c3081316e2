import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { BuildkitSpec } from '../../config/buildkit-spec.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { type Handshake, tryHandshake } from '../../transport/tls-handshake.ts';

/** Everything a client of a buildkitd needs. */
export interface RemoteBuilder {
  /** Name of the server in drayage.yml. */
  readonly name: string;
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * The buildkitd of a server, with certificates that fit each other and are valid at this time. Throws BUILDER_CLIENT_REFUSED where some are missing or do
 * not fit, and BUILDER_CERTIFICATE_EXPIRED.
 */
export function remoteBuilder(name: string, spec: BuildkitSpec, now = new Date()): RemoteBuilder {
  const { address = '', ca, cert, key } = spec;
  const where = `servers.${name}.buildkit`;
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new DrayageError(
      'BUILDER_CLIENT_REFUSED',
      `${where} has no certificate for this run: buildkitd at ${address} speaks with nobody without one.`,
      {
        hint: `Make them: drayage setup-build-server --servers ${name}; on CI give them as ${where}.ca, cert and key.`,
      },
    );
  }
  const own = certificate(cert, `${where}.cert`);
  certificate(ca, `${where}.ca`);
  const privateKey = keyOf(key.reveal(), `${where}.key`);
  if (!own.checkPrivateKey(privateKey)) {
    throw new DrayageError(
      'BUILDER_CLIENT_REFUSED',
      `${where}.key is not the key of the certificate in ${where}.cert.`,
      {
        hint: 'Use the two files that setup-build-server wrote together.',
      },
    );
  }
  const { validTo } = own;
  if (new Date(validTo) < now) {
    throw new DrayageError(
      'BUILDER_CERTIFICATE_EXPIRED',
      `The certificate in ${where}.cert expired on ${day(validTo)}.`,
      {
        hint: `Renew it: drayage setup-build-server --servers ${name}`,
      },
    );
  }
  const { hostname, port } = new URL(address.replace(/^tcp:/, 'http:'));
  const host = hostname.replace(/^\[|\]$/g, '');
  return { name, address, host, port: Number(port || 80), ca, cert, key: key.reveal() };
}

function certificate(pem: string, where: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new DrayageError('BUILDER_CLIENT_REFUSED', `${where} holds no certificate that can be read.`, { cause });
  }
}

/** The text is not repeated. */
function keyOf(pem: string, where: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new DrayageError('BUILDER_CLIENT_REFUSED', `${where} holds no private key that can be read.`);
  }
}

/** Throws BUILDER_* unless both sides accept each other; buildctl would say of every cause that the context deadline was exceeded. */
export async function checkBuilder(builder: RemoteBuilder, signal?: AbortSignal): Promise<void> {
  const refusal = refusalOf(builder, await tryHandshake({ ...builder, signal }));
  if (refusal !== undefined) throw refusal;
}

/** The error behind a handshake; undefined for one that succeeded. */
export function refusalOf({ name, address, host }: RemoteBuilder, result: Handshake): DrayageError | undefined {
  const where = `servers.${name}.buildkit`;
  const setup = `drayage setup-build-server --servers ${name}`;
  switch (result.kind) {
    case 'accepted':
      return undefined;
    case 'unreachable':
      return new DrayageError(
        'BUILDER_UNREACHABLE',
        `buildkitd of ${name} at ${address} cannot be reached: ${result.reason}.`,
        {
          hint: 'Check the address and the firewall; there, `docker logs drayage-buildkitd` tells whether it runs.',
        },
      );
    case 'expired':
    case 'not-yet':
      return new DrayageError(
        'BUILDER_CERTIFICATE_EXPIRED',
        `The certificate of buildkitd at ${address} is not valid at this time: ${result.reason}.`,
        { hint: `Renew it: ${setup}` },
      );
    case 'untrusted':
      return new DrayageError(
        'BUILDER_CERTIFICATE_UNTRUSTED',
        `The certificate of buildkitd at ${address} was not signed by the authority in ${where}.ca: ${result.reason}.`,
        { hint: `Use the ca.pem that was written by: ${setup}` },
      );
    case 'other-name':
      return new DrayageError(
        'BUILDER_CERTIFICATE_NAME',
        `The certificate of buildkitd at ${address} is not for ${host}: ${result.reason}.`,
        { hint: `Correct ${where}.address, or make a certificate for it: ${setup}` },
      );
    case 'refused':
      return clientRefused(name, address, result.reason, setup);
  }
}

function clientRefused(name: string, address: string, reason: string, setup: string): DrayageError {
  const what = `buildkitd at ${address} does not accept the certificate in servers.${name}.buildkit.cert: ${reason}.`;
  const hint = `Use the cert.pem and key.pem that were written by: ${setup}`;
  return new DrayageError(/expired/.test(reason) ? 'BUILDER_CERTIFICATE_EXPIRED' : 'BUILDER_CLIENT_REFUSED', what, {
    hint,
  });
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
