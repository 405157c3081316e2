/**
 * Beginnings by which issuers make their tokens known (docs.github.com, docs.gitlab.com, docs.npmjs.com, docs.aws.amazon.com, api.slack.com,
 * docs.stripe.com), private keys, and URLs with a password.
 */
const patterns: readonly RegExp[] = [
  /^(?:gh[pousr]_|github_pat_)\w{20,}$/,
  /^glpat-[\w.-]{20,}$/,
  /^npm_\w{20,}$/,
  /^(?:AKIA|ASIA)[0-9A-Z]{16}$/,
  /^xox[abeprs]-[\w-]{10,}$/,
  /^(?:sk|rk)_(?:live|test)_\w{16,}$/,
  /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+$/,
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i,
];

/** Whether a text has the form of a token, a private key or a URL with a password. */
export function looksLikeSecretValue(text: string): boolean {
  return patterns.some((pattern) => pattern.test(text));
}
