import type { Access } from './access.ts';

/** The last thing that Trivy or cosign said, without the timestamps and headings around it. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/\p{Cc}\[[\d;]*m/gu, '').trim())
    .filter((line) => line !== '' && !/^(?:WARNING|WARN)\b/.test(line));
  // Trivy folds its causes into one line, `FATAL Fatal error run error: …: …`, or lists them below it with stars.
  const told =
    lines.findLast((line) =>
      /^(?:error during command execution|error): |\bFATAL\b|^main\.go:\d+: error/i.test(line),
    ) ??
    lines.at(-1) ??
    'it said nothing';
  const listed = lines.filter((line) => line.startsWith('* '));
  const text = `${told}${listed.length === 0 ? '' : ` ${listed.at(-1)?.slice(2)}`}`;
  return text
    .replace(/^\S*Z?\s*FATAL\s+(?:Fatal error\s+)?/, '')
    .replace(/^main\.go:\d+: /, '')
    .replace(/^(?:error during command execution|error): /i, '')
    .replace(/\.$/, '')
    .slice(0, 500);
}

/** What to do where a tool did not come to the image; undefined for everything else. */
export function accessHint(
  said: string,
  { registry, through }: Pick<Access, 'registry' | 'through'>,
): string | undefined {
  const { host } = registry;
  switch (true) {
    case /unauthorized|authentication required|no basic auth|denied|forbidden|\b40[13]\b/i.test(said):
      return `Check \`registries: ${host}:\` in drayage.yml: user name, and the secret its password comes from.`;
    case /x509|certificate|HTTP request to an HTTPS server/i.test(said):
      return `Declare the authority of the registry under registries."${host}".ca.`;
    case /HTTP response to HTTPS client/i.test(said):
      return `Say that the registry speaks plain HTTP: registries."${host}".insecure: true.`;
    case /no such host|connection refused|connect: |i\/o timeout|deadline exceeded|no route|unreachable|bad gateway|proxyconnect/i.test(
      said,
    ):
      return through === undefined
        ? `This machine must reach ${host}, directly or through a server that builds or deploys the service.`
        : `${host} was accessed through ${through}; check that it still answers there.`;
    default:
      return undefined;
  }
}
