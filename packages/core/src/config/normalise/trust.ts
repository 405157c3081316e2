import { isKeyAddress } from '../key-address.ts';
import type { MaybeSecret, ScanSpec, SignSpec } from '../model.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

type ParsedSign = NonNullable<ParsedApplication['sign']>;

export function scanSpec(scan: ParsedApplication['scan']): ScanSpec | undefined {
  return scan === undefined ? undefined : { tool: scan.tool, failOn: scan['fail-on'] };
}

export interface SignedImage {
  /** Somebody else's image: it is verified and never signed. */
  readonly isPrebuilt: boolean;
  /** The repository it is pushed to. */
  readonly image?: string;
}

/** What is to be signed and verified. Combinations in which nobody signs, or nothing could be verified, are refused. */
export async function signSpec(
  sign: ParsedApplication['sign'],
  service: Path,
  image: SignedImage,
  reading: Reading,
): Promise<SignSpec | undefined> {
  if (sign === undefined) return undefined;
  const path = [...service, 'sign'];
  refuseConflicts(sign, path, image, reading);
  const { key, password, keyless, verify } = sign;
  const publicKey = sign['public-key'];
  return {
    tool: sign.tool,
    key: key === undefined ? undefined : privateKey(key, [...path, 'key'], reading),
    password: password === undefined ? undefined : reading.secret([...path, 'password'], password),
    publicKey:
      publicKey === undefined || isKeyAddress(publicKey)
        ? publicKey
        : await reading.pem([...path, 'public-key'], publicKey),
    keyless,
    identity: sign.identity,
    identityPattern: sign['identity-pattern'],
    issuer: sign.issuer,
    transparencyLog: sign['transparency-log'] ?? keyless,
    verify,
  };
}

function privateKey(key: string, at: Path, reading: Reading): MaybeSecret {
  return isKeyAddress(key) ? reading.value(at, key) : reading.secret(at, key);
}

function refuseConflicts(sign: ParsedSign, path: Path, { isPrebuilt, image }: SignedImage, reading: Reading): void {
  const { key, keyless, verify } = sign;
  const at = printPath(path);
  const refuse = (where: Path, message: string, hint: string) =>
    reading.problems.error(where, message, { what: 'key', code: 'CONFIG_CONFLICT', hint });
  const has = (name: keyof ParsedSign) => sign[name] !== undefined;
  if (keyless && has('key'))
    refuse([...path, 'key'], `${at} has both keyless and key; it can have only one of them.`, 'Remove one of them.');
  if (keyless && sign['transparency-log'] === false)
    refuse(
      [...path, 'transparency-log'],
      `${at} has both keyless and transparency-log: false; the certificate lives for ten minutes, and only the log tells later that it was valid.`,
      'Remove transparency-log, or sign with a key.',
    );
  if (has('password') && !has('key'))
    refuse([...path, 'password'], `${at} has a password and no key for it.`, 'Add key, or remove password.');
  for (const name of ['identity', 'identity-pattern', 'issuer'] as const) {
    if (has(name) && !keyless)
      refuse([...path, name], `${at} has ${name} without keyless; a key has none.`, 'Add keyless: true, or remove it.');
  }
  if (has('identity') && has('identity-pattern'))
    refuse([...path, 'identity-pattern'], `${at} has both identity and identity-pattern.`, 'Remove one of them.');
  if (keyless && verify && (!has('issuer') || !(has('identity') || has('identity-pattern'))))
    refuse(
      [...path, 'keyless'],
      `${at} verifies a keyless signature without saying whose; anybody can have one.`,
      'Add issuer and identity; docs/trust.md has those of GitHub and GitLab.',
    );
  if (isPrebuilt) {
    if (has('key'))
      refuse(
        [...path, 'key'],
        `${at} has a key, but a prebuilt image is not pushed, and so not signed.`,
        'Give the key of who signed it as public-key.',
      );
    else if (!verify) refuse(path, `${at} does nothing: a prebuilt image can only be verified.`, 'Remove sign.');
    else if (!keyless && !has('public-key'))
      refuse(path, `${at} does not say by which key the image is signed.`, 'Add public-key, or keyless.');
    return;
  }
  if (image === undefined)
    refuse(
      path,
      `${printPath(path.slice(0, -1))} has sign and no image; cosign keeps signatures in the registry, beside the image.`,
      'Add the repository it is pushed to as image, or remove sign.',
    );
  if (!keyless && key === undefined)
    refuse(path, `${at} has neither key nor keyless, so nobody signs the image.`, 'Add one of them.');
}
