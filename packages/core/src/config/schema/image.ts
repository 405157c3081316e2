import * as z from 'zod';
import { choice, flag, line, scalar, text } from './pieces.ts';

export const imageName = () =>
  line('an image name without tag, such as ghcr.io/acme/shop-web').describe(
    'Where the image is pushed: registry and repository, without a tag. Without it there is no registry.',
  );

/** https://github.com/distribution/reference: tag = [\w][\w.-]{0,127} */
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
export const tagExpected = 'a tag: letters, digits, ".", "_" and "-", or sha, branch, semver, latest';

export const isTag = (text: string) => tagPattern.test(text);

/** What references in a tag stand for may hold any character: it is made a tag when the image is named. */
const tag = () =>
  scalar(tagExpected, { type: 'string', pattern: tagPattern.source }, (given) =>
    /[^\r\n\0\s]/.test(given) && !/[\r\n\0]/.test(given) ? given : undefined,
  );

export const tags = () =>
  z
    .array(tag())
    .min(1)
    .describe(
      'Tags to push: sha (the first 12 digits of the commit), branch, semver (1.2.3, 1.2 and 1), latest, exact ones, or with references: "${{ git.branch }}-${{ git.short }}".',
    );

export const scanSchema = z.lazy(() =>
  z.strictObject({
    tool: choice('trivy').describe('The scanner.').prefault('trivy'),
    'fail-on': choice('low', 'medium', 'high', 'critical')
      .describe('Severity that stops the deployment.')
      .prefault('critical'),
  }),
);

export const signSchema = z.lazy(() =>
  z.strictObject({
    tool: choice('cosign').describe('The tool that signs.').prefault('cosign'),
    key: text('a key')
      .describe(
        'Private key of cosign, by a reference to a secret, or the address of a key in a KMS such as awskms://….',
      )
      .optional(),
    password: text('a password').describe('Password of that key, by a reference to a secret.').optional(),
    'public-key': text('a file name, PEM text or the address of a key in a KMS')
      .describe('Key to verify with; by default the public half of `key`.')
      .optional(),
    keyless: flag()
      .describe('Sign as the CI job itself, with a certificate that Sigstore gives for its identity.')
      .prefault(false),
    identity: line('the subject of a certificate')
      .describe('With keyless: who must have signed, exactly as the certificate says it.')
      .optional(),
    'identity-pattern': line('a regular expression')
      .describe('With keyless: the same as a regular expression (RE2) that matches all of it.')
      .optional(),
    issuer: line('an https:// address').describe('With keyless: who must have vouched for the identity.').optional(),
    'transparency-log': flag()
      .describe(
        'Record signatures in the public log of Sigstore, and ask it when verifying; default: with keyless only.',
      )
      .optional(),
    verify: flag().describe('Check the signature before deploying.').prefault(true),
  }),
);
