import { parseImage } from '../config/image-reference.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { JobEvent } from './events.ts';

/** What a node's job said before it ended without success. */
export interface JobFailure {
  readonly server: string;
  readonly code: ErrorCode;
  /** A sentence, from the node. */
  readonly message: string;
  /** The last lines of containers that failed. */
  readonly tails: readonly { readonly container: string; readonly text: string }[];
  /** Whether another version served before, and does so still. */
  readonly servesOn: boolean;
}

export function failureOf(server: string, events: readonly JobEvent[], servesOn: boolean): JobFailure | undefined {
  const failed = events.find((event) => event.event === 'failed');
  if (failed === undefined) return undefined;
  const tails = events
    .filter((event) => event.event === 'tail')
    .map(({ container, text }) => ({ container, text: Buffer.from(text, 'base64').toString('utf8') }));
  return { server, code: failed.code, message: failed.message, tails, servesOn };
}

/** The error a reader sees: what happened where, that the old version serves on, the last lines, and advice. */
export function deployError(failure: JobFailure): DrayageError {
  const { server, code, message, tails, servesOn } = failure;
  const sentence = /[.!?]$/.test(message.trimEnd()) ? message.trimEnd() : `${message.trimEnd()}.`;
  const rest = servesOn ? ' The version before it serves on.' : '';
  const output = tails
    .map(
      ({ container, text }) =>
        `Last lines of ${container}:\n${text.trimEnd() === '' ? '(it printed nothing)' : text.trimEnd()}`,
    )
    .join('\n\n');
  return new DrayageError(code, `${server}: ${sentence}${rest}`, {
    hint: adviceOn(failure),
    output: output === '' ? undefined : output,
  });
}

const known: readonly (readonly [RegExp, string])[] = [
  [/exec format error/i, 'The image is made for another processor: set `build.platforms` to the platform of the node.'],
  [
    /EADDRINUSE|address already in use/i,
    'The program finds its port taken inside the container: check that it starts once only.',
  ],
  [
    /Cannot find module|ModuleNotFoundError|no such file or directory/i,
    'Something the program needs is not in the image: check the COPY lines and .dockerignore.',
  ],
  [/permission denied/i, 'The program may not read or run something: check modes in the image and `deploy.user`.'],
  [
    /ECONNREFUSED|connection refused|could not connect|getaddrinfo|no such host/i,
    'The program could not reach another service: check its address in `deploy.env` and that it runs in this environment.',
  ],
];

function registryAdvice(code: ErrorCode, message: string): string | undefined {
  const host = parseImage(/image (\S+?@sha256:[0-9a-f]{64})/.exec(message)?.[1] ?? '')?.registry;
  const key = host === undefined ? '`registries` in drayage.yml' : `registries."${host}" in drayage.yml`;
  switch (code) {
    case 'REGISTRY_AUTH':
      return `Check username and password under ${key}, and that this user may read the repository.`;
    case 'REGISTRY_DENIED':
      return `The user of ${key} may not read this repository: give it that right, or declare another user.`;
    case 'REGISTRY_RATE_LIMITED':
      return `Wait, or declare credentials under ${key}: known users have higher limits.`;
    case 'REGISTRY_UNREACHABLE':
      if (message.includes('x509')) return `Put its authority under ${key} as ca, then run: drayage setup-deploy-node`;
      if (message.includes('HTTPS client'))
        return `It speaks plain HTTP: set insecure: true under ${key}, then run: drayage setup-deploy-node`;
      return 'Check DNS and firewall of that node: it must reach the registry by itself.';
    default:
      return undefined;
  }
}

function adviceOn({ code, message, tails }: JobFailure): string | undefined {
  if (code === 'DEPLOY_EXITED' || code === 'DEPLOY_ROLLED_BACK') {
    if (message.includes('more memory than')) return 'Raise `resources.memory`, or find what needs so much.';
    const text = `${message}\n${tails.map((tail) => tail.text).join('\n')}`;
    const hit = known.find(([pattern]) => pattern.test(text));
    if (hit !== undefined) return hit[1];
    const status = /status (\d+)/.exec(message)?.[1];
    if (status === '0') return 'The program ended as if its work was done: a service has to stay in the foreground.';
    if (status === '127') return 'Its command does not exist in the image: check `deploy.command` and the ENTRYPOINT.';
    if (status === '137') return 'It was killed (SIGKILL): look for the memory limit and the kernel log (`dmesg`).';
    return 'Its last lines, above, say why. `docker run --rm -it IMAGE` with the same variables shows the same.';
  }
  if (code.startsWith('REGISTRY_')) return registryAdvice(code, message);
  if (code === 'DISK_FULL') return 'See what takes the space on that node: docker system df; df -h';
  if (code !== 'DEPLOY_UNHEALTHY' && code !== 'DEPLOY_TIMEOUT') return undefined;
  if (message.includes('nothing answers') || message.includes('does not accept')) {
    return 'Check `health.port`, and that the program listens on 0.0.0.0 and not on 127.0.0.1; a slow start needs a longer `start-period`.';
  }
  if (/answered 404/.test(message)) return 'Check `health.http`: the program does not know this path.';
  if (/answered 5\d\d/.test(message))
    return 'The program runs but reports an error: its last lines, above, may say why.';
  if (/answered 40[13]/.test(message)) return 'The health path must answer without a login.';
  return 'A slow start needs a longer `start-period` or more `retries`.';
}
