import { parseImage } from '../config/image-reference.ts';
import type { RegistrySpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { TransientFailure } from '../registry/failure.ts';
import { denied, noRepository, refused } from '../registry/verdict.ts';

export interface Pushing {
  readonly registry: RegistrySpec;
  readonly server: string;
  readonly image: string;
}

/** What `docker push` said about its failure (moby: distribution/push_v2.go; distribution: registry/client/errors.go). Transient ones may be tried again. */
export function diagnosePush(log: string, { registry, server, image }: Pushing): DrayageError | TransientFailure {
  const said = lastError(log);
  const { host } = registry;
  const error = (
    code:
      | 'DISK_FULL'
      | 'IMAGE_NOT_FOUND'
      | 'PUSH_FAILED'
      | 'REGISTRY_RATE_LIMITED'
      | 'REGISTRY_UNREACHABLE'
      | 'TAG_REFUSED',
    what: string,
    hint?: string,
  ) => new DrayageError(code, `${what}: ${said}.`, { hint, output: log });
  const unreachable = (hint?: string) =>
    error('REGISTRY_UNREACHABLE', `${server} cannot push to registry ${host}`, hint);
  switch (true) {
    case /image does not exist locally|No such image|tag does not exist/i.test(log):
      return error('IMAGE_NOT_FOUND', `${server} has no image ${image}`, 'Build it first: drayage build-remote');
    case /toomanyrequests|429 Too Many/i.test(log):
      return new TransientFailure(error('REGISTRY_RATE_LIMITED', `Registry ${host} limits pushes`));
    // Elastic Container Registry and Harbor: rules about tags. Before the refusals: their sentences speak of those too.
    case /tag invalid|TAG_INVALID|immutable|cannot be overwritten|precondition failed/i.test(said):
      return error(
        'TAG_REFUSED',
        `Registry ${host} refuses a tag of ${image}`,
        'Use another tag under `tags`, or change the rule of the repository.',
      );
    case /name unknown|repository .*not exist|repository .*not found/i.test(said):
      return noRepository(host, parseImage(image)?.repository ?? image);
    case /unauthorized|no basic auth credentials|authentication required|incorrect username or password/i.test(said):
      return refused(registry, said);
    case /denied|insufficient_scope|forbidden/i.test(said):
      return denied(registry, image, said);
    case /x509: |certificate/i.test(said):
      return unreachable(`Declare its authority under registries."${host}".ca and run: drayage setup-build-server`);
    case /HTTP response to HTTPS client/i.test(said):
      return unreachable(
        `Say that it speaks plain HTTP (registries."${host}".insecure: true) and run: drayage setup-build-server`,
      );
    case /no such host/i.test(said):
      return unreachable(`Check the spelling of ${host}, and DNS on ${server}.`);
    case /no space left/i.test(said):
      return error('DISK_FULL', `The push to ${host} found a full disk`);
    case isTransport(said):
      return new TransientFailure(unreachable());
    default:
      return error('PUSH_FAILED', `${server} cannot push ${image}`);
  }
}

function isTransport(said: string): boolean {
  return /connection (?:refused|reset|timed out)|broken pipe|EOF|timeout|deadline exceeded|temporary failure|network is unreachable|no route to host|server misbehaving|use of closed network|unexpected (?:HTTP )?status(?: code)?[^\n]*5\d\d|50[0234] |Bad Gateway|Service Unavailable|Internal Server Error/i.test(
    said,
  );
}

/** The last line that is not progress of a layer. */
function lastError(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^(?:[0-9a-f]{12}: |The push refers to)/.test(line));
  return (telling.at(-1) ?? 'it said nothing')
    .replace(/^(?:Error response from daemon|error parsing HTTP \d+ response body): /i, '')
    .replace(/\.$/, '')
    .slice(0, 400);
}
