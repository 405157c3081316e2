import * as z from 'zod';
import { choice, flag, line, matching, text } from './pieces.ts';

export const imageName = () =>
  line('an image name without tag, such as ghcr.io/acme/shop-web').describe(
    'Where the image is pushed: registry and repository, without a tag. Without it there is no registry.',
  );

/** https://github.com/distribution/reference: tag = [\w][\w.-]{0,127} */
export const tags = () =>
  z
    .array(
      matching(
        /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/,
        'a tag: letters, digits, ".", "_" and "-", or sha, branch, semver, latest',
      ),
    )
    .min(1)
    .describe('Tags to push: sha (the short commit), branch, semver, latest, or exact ones.');

export const scanSchema = z.strictObject({
  tool: choice('trivy').describe('The scanner.').prefault('trivy'),
  'fail-on': choice('low', 'medium', 'high', 'critical')
    .describe('Severity that stops the deployment.')
    .prefault('critical'),
});

export const signSchema = z.strictObject({
  tool: choice('cosign').describe('The tool that signs.').prefault('cosign'),
  key: text('a key').describe('Private key, by a reference to a secret.').optional(),
  verify: flag().describe('Check the signature before deploying.').prefault(true),
});
