import { isKeyAddress } from '../config/key-address.ts';
import type { SignSpec } from '../config/model.ts';
import { reveal } from '../config/secret.ts';

/** One call of cosign: what is secret stands in its environment, and only there. */
export interface CosignCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the calls have in common: how the registry is spoken to. */
export interface CosignRegistry {
  /** File with the authority the registry is signed by. */
  readonly ca?: string;
  /** The registry speaks plain HTTP. */
  readonly insecure: boolean;
}

const keyVariable = 'DRAYAGE_SIGNING_KEY';
const publicVariable = 'DRAYAGE_PUBLIC_KEY';

/**
 * Signs an image by its digest. `help` is what `cosign sign --help` prints: from version 2.6 on the services to use come from a
 * signing configuration, which has to be declined where no log is wanted (cosign: cmd/cosign/cli/signcommon).
 */
export function signCall(sign: SignSpec, image: string, registry: CosignRegistry, help: string): CosignCall {
  const { ref, env } = signingKey(sign);
  const log = sign.transparencyLog
    ? []
    : ['--tlog-upload=false', ...(help.includes('--use-signing-config') ? ['--use-signing-config=false'] : [])];
  return {
    args: ['sign', '--yes', ...(ref === undefined ? [] : [`--key=${ref}`]), ...log, ...registryFlags(registry), image],
    env,
  };
}

/** Verifies that an image was signed as declared. */
export function verifyCall(sign: SignSpec, image: string, registry: CosignRegistry): CosignCall {
  const { flags, env } = verifier(sign);
  return {
    args: [
      'verify',
      ...flags,
      ...(sign.transparencyLog ? [] : ['--insecure-ignore-tlog=true']),
      ...registryFlags(registry),
      image,
    ],
    env,
  };
}

/** Prints the public half of the key that signs; undefined where the public key is declared, or there is none. */
export function publicKeyCall(sign: SignSpec): CosignCall | undefined {
  if (sign.publicKey !== undefined || sign.keyless) return undefined;
  const { ref, env } = signingKey(sign);
  return ref === undefined ? undefined : { args: ['public-key', `--key=${ref}`], env };
}

/** Why a CI job has no identity to sign with; undefined where it has, or cosign itself knows better. */
export function missingIdentity(variable: (name: string) => string | undefined): string | undefined {
  if (variable('SIGSTORE_ID_TOKEN') !== undefined) return undefined;
  if (variable('GITHUB_ACTIONS') === 'true' && variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN') === undefined)
    return 'Give the job `permissions: { id-token: write, contents: read }`.';
  if (variable('GITLAB_CI') === 'true') return 'Give the job `id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }`.';
  if (variable('BITBUCKET_BUILD_NUMBER') !== undefined)
    return 'Bitbucket has no tokens that Sigstore accepts: sign with `sign.key`.';
  return undefined;
}

function signingKey({ key, password }: SignSpec): { ref?: string; env: Record<string, string> } {
  if (key === undefined) return { env: {} };
  // Without the variable cosign would ask for the password, and wait.
  const env = { COSIGN_PASSWORD: password?.reveal() ?? '' };
  const text = reveal(key);
  if (isKeyAddress(text)) return { ref: text, env };
  return { ref: `env://${keyVariable}`, env: { ...env, [keyVariable]: text } };
}

function verifier(sign: SignSpec): { flags: string[]; env: Record<string, string> } {
  const { publicKey, keyless, identity, identityPattern, issuer } = sign;
  if (keyless) {
    return {
      flags: [
        // cosign would be content with a part that matches.
        identityPattern === undefined
          ? `--certificate-identity=${identity}`
          : `--certificate-identity-regexp=^(?:${identityPattern})$`,
        `--certificate-oidc-issuer=${issuer}`,
      ],
      env: {},
    };
  }
  const key = publicKey ?? '';
  if (isKeyAddress(key)) return { flags: [`--key=${key}`], env: {} };
  return { flags: [`--key=env://${publicVariable}`], env: { [publicVariable]: key } };
}

function registryFlags({ ca, insecure }: CosignRegistry): string[] {
  return [...(ca === undefined ? [] : [`--registry-cacert=${ca}`]), ...(insecure ? ['--allow-http-registry'] : [])];
}
