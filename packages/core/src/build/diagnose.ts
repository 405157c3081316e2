import type { RegistrySpec } from '../config/model.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { DrayageError, type Location } from '../errors/drayage-error.ts';
import { baseImageHint } from './base-image.ts';

/** What BuildKit's plain output tells about a failure. */
export interface Failure {
  /** The instruction as it stands in the Dockerfile, on one line. */
  readonly instruction?: string;
  /** First line of the instruction in the Dockerfile. */
  readonly line?: number;
  /** The last error, without BuildKit's own prefixes. */
  readonly reason: string;
  /** BuildKit's excerpt: the step's last lines, then the lines of the Dockerfile around it. */
  readonly excerpt: string;
}

/** Reads the end of BuildKit's plain output (moby/buildkit, util/progress and solver/errdefs). */
export function readFailure(log: string): Failure {
  const lines = log
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const marked = lines.flatMap((line) => {
    const [, number, text] = /^\s*(\d+) \| >>> (.*)$/.exec(line) ?? [];
    return number === undefined || text === undefined ? [] : [{ number: Number(number), text: text.trim() }];
  });
  const last = lines.findLast((line) => /^ERROR: /.test(line)) ?? lines.findLast((line) => line.trim() !== '') ?? '';
  const from = lines.indexOf('------');
  const firstExcerpt = from === -1 ? lines.findIndex((line) => /^\S+:\d+$/.test(line)) : from;
  return {
    instruction: marked.length === 0 ? undefined : marked.map(({ text }) => text.replace(/\s*\\$/, '')).join(' '),
    line: marked[0]?.number,
    reason: last
      .replace(/^ERROR: (?:failed to solve: |failed to build: )*/, '')
      .replace(/^(?:failed to compute cache key: )/, '')
      .replace(/failed to calculate checksum of ref \S+: /, '')
      .trim(),
    excerpt: lines.slice(firstExcerpt === -1 ? -20 : firstExcerpt).join('\n'),
  };
}

interface Cause {
  readonly pattern: RegExp;
  readonly code?: ErrorCode;
  readonly hint: string;
}

/** Known causes, the most certain first. Only the reason and the excerpt are searched: a build may print anything. */
const causes: readonly Cause[] = [
  {
    // tar says the second of a file that fits in part.
    pattern: /no space left on device|Wrote only \d+ of \d+ bytes/i,
    code: 'DISK_FULL',
    hint: 'Look with `docker system df` on the server; `docker builder prune` empties the build cache.',
  },
  {
    pattern: /toomanyrequests|429 Too Many Requests|pull rate limit/i,
    code: 'REGISTRY_RATE_LIMITED',
    hint: 'Declare credentials of that registry under `registries`: known users have higher limits.',
  },
  {
    pattern:
      /pull access denied|insufficient_scope|authorization failed|no basic auth credentials|401 Unauthorized|403 Forbidden/i,
    code: 'REGISTRY_AUTH',
    hint: 'Check the name of the base image; if it is private, declare its registry with credentials under `registries`.',
  },
  {
    pattern: /failed to resolve source metadata for [^\n]*(?:not found|manifest unknown)/i,
    code: 'IMAGE_NOT_FOUND',
    hint: 'Check name and tag of the base image.',
  },
  {
    pattern:
      /(?:failed to do request|failed to resolve source metadata)[^\n]*(?:no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving)/i,
    code: 'REGISTRY_UNREACHABLE',
    hint: 'The build server cannot reach the registry of the base image: check the name, DNS and the firewall there.',
  },
  {
    pattern: /x509: |certificate signed by unknown authority/i,
    code: 'REGISTRY_UNREACHABLE',
    hint: "Declare the registry's authority under registries.<host>.ca and run `drayage setup-build-server`.",
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    code: 'REGISTRY_UNREACHABLE',
    hint: 'The registry speaks plain HTTP: set registries.<host>.insecure and run `drayage setup-build-server`.',
  },
  {
    pattern: /exec format error/i,
    hint: 'The image is for another processor: name build.platforms, or build on a server of that kind.',
  },
  {
    pattern: /exit code: 137|signal: killed|cannot allocate memory/i,
    hint: 'The step was killed, most likely for lack of memory: of the build server, or of build.resources.memory.',
  },
  { pattern: /secret ([\w.-]+): not found/i, hint: 'Give the secret under build.secrets, with this name.' },
  {
    pattern: /"\/[^"]*": not found/i,
    hint: 'The file is not in the build context: check build.context, .dockerignore, and that it is committed.',
  },
  {
    pattern: /target stage "[^"]*" could not be found/i,
    hint: 'build.target must be the name of a stage of the Dockerfile (FROM … AS <name>).',
  },
  {
    pattern: /failed to read dockerfile/i,
    hint: 'Name the Dockerfile under build.dockerfile, relative to the source.',
  },
  {
    pattern: /npm (?:ERR!|error) code EUSAGE|can only install packages when your package\.json and package-lock\.json/i,
    hint: 'package.json and package-lock.json differ: run `npm install` and commit both.',
  },
  {
    pattern: /npm (?:ERR!|error) code E(?:401|403)|npm (?:ERR!|error) code ENEEDAUTH/i,
    hint: 'The package registry asks for a token: give it under build.secrets and mount it in the RUN line.',
  },
  {
    pattern:
      /npm (?:ERR!|error) code (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Temporary failure (?:in name resolution|resolving)|Could not resolve host/i,
    hint: 'The build has no way to that host: check DNS and the network of containers on the build server.',
  },
  {
    pattern: /Cannot connect to the Docker daemon|permission denied while trying to connect to the Docker daemon/i,
    code: 'DOCKER_UNREACHABLE',
    hint: 'Run `drayage doctor`: Docker does not run on the build server, or this account may not use it.',
  },
  {
    pattern:
      /docker: (?:command )?not found|'buildx' is not a docker command|unknown command: docker buildx|unknown flag: --(?:progress|metadata-file)/i,
    code: 'DOCKER_MISSING',
    hint: 'Run `drayage setup-build-server`: Docker or its buildx plugin is missing on the build server.',
  },
];

export interface Blamed {
  readonly service: string;
  readonly server: string;
  /** The Dockerfile as the user knows it. */
  readonly dockerfile: string;
  /** Those of the project, by host: they tell what a refused base image lacks. */
  readonly registries?: Readonly<Record<string, RegistrySpec>>;
}

/** The error of a build that ended with `log`: where it failed, why, and what helps. */
export function diagnoseBuild(log: string, { service, server, dockerfile, registries = {} }: Blamed): DrayageError {
  const failure = readFailure(log);
  const cause =
    causes.find(({ pattern }) => pattern.test(failure.reason)) ??
    causes.find(({ pattern }) => pattern.test(failure.excerpt));
  const at: Location | undefined = failure.line === undefined ? undefined : { file: dockerfile, line: failure.line };
  const place = at === undefined ? '' : ` at ${dockerfile}:${at.line}, \`${shorten(failure.instruction ?? '')}\``;
  const what = `The build of ${service} on ${server} failed${place}: ${shorten(plain(failure.reason))}.`;
  const hint = (cause?.code === 'REGISTRY_AUTH' ? baseImageHint(failure.reason, registries) : undefined) ?? cause?.hint;
  return new DrayageError(cause?.code ?? 'BUILD_FAILED', what, { hint, at, output: failure.excerpt });
}

/** The instruction is named already; what remains is how it ended. */
function plain(reason: string): string {
  const [, status] = /^process "(?:.|\n)*" did not complete successfully: exit code: (\d+)$/.exec(reason) ?? [];
  if (reason === '') return 'it said nothing';
  return (status === undefined ? reason : `it ended with exit status ${status}`).replace(/\.$/, '');
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 299)}…`;
}
