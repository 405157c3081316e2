import type { ServiceSpec, SignSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type Programs, programsOf } from '../programs.ts';
import type { Phase } from '../report/report.ts';
import type { Completed } from '../transport/server.ts';
import type { Access } from './access.ts';
import { accessHint, lastWords } from './diagnose.ts';
import { requireImage } from './image-there.ts';
import { type CosignCall, missingIdentity, publicKeyCall, signCall, verifyCall } from './sign-plan.ts';

export interface SignatureRequest {
  readonly service: ServiceSpec;
  readonly sign: SignSpec;
  /** `repository@sha256:…` */
  readonly image: string;
  readonly access: Access;
}

/** How it was found to be signed. */
type Verdict = { readonly signed: true } | { readonly signed: false; readonly said: string; readonly output: string };

/**
 * Signs an image in its registry, once: one that this key has signed already stays as it is. Throws SIGN_FAILED, SIGNATURE_UNCHECKED, and what
 * programs throw.
 */
export async function signImage(context: Context, request: SignatureRequest): Promise<void> {
  const { service, image } = request;
  await context.report.phase(`Sign the image of ${service.name}`, async (phase) => {
    const programs = await programsOf(context);
    const run = await runner(context, programs, request.access);
    const sign = await withPublicKey(request, run);
    if (canVerify(sign) && (await verdict({ ...request, sign }, run)).signed) {
      phase.note(`${image} is signed already`);
      return;
    }
    if (sign.keyless) requireIdentity(service, programs);
    const { stdout: help } = await run({ args: ['sign', '--help'], env: {} });
    const { registry, ca } = request.access;
    const done = await run(signCall(sign, image, { ca, insecure: registry.insecure }, help));
    if (done.exitCode !== 0) throw signFailure(request, done);
    phase.note(`signed ${image}${sign.transparencyLog ? ', and recorded it in the transparency log' : ''}`);
  });
}

/**
 * Verifies that an image was signed as the service says. Throws SIGNATURE_INVALID where it was not, SIGNATURE_UNCHECKED where that could not be
 * found out: both keep it from being deployed.
 */
export async function verifyImage(context: Context, request: SignatureRequest): Promise<void> {
  const { service, image, sign } = request;
  await context.report.phase(`Verify the signature of ${service.name}`, async (phase) => {
    const run = await runner(context, await programsOf(context), request.access);
    const known = await withPublicKey(request, run);
    const found = await verdict({ ...request, sign: known }, run);
    if (!found.signed) {
      await requireImage(context, request);
      throw invalid(request, found);
    }
    phase.note(`${image} is signed by ${signerOf(sign)}`);
    told(phase, request.access);
  });
}

type Run = (call: CosignCall) => Promise<Completed>;

async function runner({ signal }: Context, programs: Programs, access: Access): Promise<Run> {
  const cosign = await programs.path('cosign');
  return ({ args, env }) => programs.run([cosign, ...args], { env: { ...access.env, ...env }, signal });
}

/** What is not declared is read off the key that signs. */
async function withPublicKey({ service, sign }: SignatureRequest, run: Run): Promise<SignSpec> {
  const call = publicKeyCall(sign);
  if (call === undefined) return sign;
  const done = await run(call);
  if (done.exitCode === 0) return { ...sign, publicKey: done.stdout };
  const said = lastWords(done.stderr);
  throw new DrayageError('SIGN_FAILED', `cosign cannot use the key of ${service.name} (sign.key): ${said}.`, {
    hint: /decrypt|password|encrypted/i.test(said)
      ? 'Check sign.password.'
      : 'sign.key must hold the whole of cosign.key, as `cosign generate-key-pair` writes it.',
    output: done.stderr,
  });
}

async function verdict({ service, sign, image, access }: SignatureRequest, run: Run): Promise<Verdict> {
  const { registry, ca } = access;
  const done = await run(verifyCall(sign, image, { ca, insecure: registry.insecure }));
  if (done.exitCode === 0) return { signed: true };
  const said = lastWords(done.stderr);
  if (isVerdict(said)) return { signed: false, said, output: done.stderr };
  throw new DrayageError(
    'SIGNATURE_UNCHECKED',
    `cosign could not check the signature of ${service.name} (${image}): ${said}.`,
    { hint: accessHint(said, access), output: done.stderr },
  );
}

/** cosign looked, and there is no signature that fits. Everything else may be a fault of the way there. */
export function isVerdict(said: string): boolean {
  return /^no (?:matching )?(?:signatures|attestations)\b/i.test(said);
}

function invalid({ service, sign, image }: SignatureRequest, { said, output }: { said: string; output: string }) {
  const nobody = /^no signatures found/i.test(said);
  const what = nobody
    ? `Nobody has signed the image of ${service.name}`
    : `The image of ${service.name} is not signed by ${signerOf(sign)}`;
  return new DrayageError(
    'SIGNATURE_INVALID',
    `${what}: cosign says "${said}" about ${image}. It was not deployed, and what ran before still runs.`,
    {
      hint: nobody
        ? 'Was it pushed by a run that signs? Run `drayage up` or `drayage push-image`, which sign what they push, or have its maker sign it.'
        : 'Check that sign names the key or the identity the image was signed with; if it does, somebody else has pushed it: find out who.',
      output,
    },
  );
}

function signFailure({ service, image, access }: SignatureRequest, { stderr }: Completed): DrayageError {
  const said = lastWords(stderr);
  return new DrayageError('SIGN_FAILED', `cosign could not sign the image of ${service.name} (${image}): ${said}.`, {
    hint: /rekor|fulcio|sigstore\.dev|tuf/i.test(said)
      ? 'This machine must reach Sigstore (*.sigstore.dev); with a key, transparency-log: false needs none of it.'
      : accessHint(said, access),
    output: stderr,
  });
}

function requireIdentity(service: ServiceSpec, { variable }: Programs): void {
  const hint = missingIdentity(variable);
  if (hint === undefined) return;
  throw new DrayageError(
    'SIGN_FAILED',
    `The image of ${service.name} cannot be signed keyless: this job has no identity token.`,
    {
      hint,
    },
  );
}

/** Without an identity to expect, a keyless signature cannot be recognised as our own. */
function canVerify({ keyless, identity, identityPattern, issuer }: SignSpec): boolean {
  return !keyless || (issuer !== undefined && (identity ?? identityPattern) !== undefined);
}

function signerOf({ keyless, identity, identityPattern, publicKey, key }: SignSpec): string {
  if (keyless) return identity ?? `an identity like ${identityPattern}`;
  const address = publicKey?.includes('-----BEGIN ') === false ? publicKey : undefined;
  return address ?? (publicKey !== undefined ? 'the holder of sign.public-key' : key === undefined ? '?' : 'sign.key');
}

function told(phase: Phase, { through, registry }: Access): void {
  if (through !== undefined) phase.note(`${registry.host} was accessed through ${through}`);
}
