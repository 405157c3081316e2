import type { RegistrySpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { retryAfter, TransientFailure } from './failure.ts';

/** An answer that was not the wanted one. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What an answer means to the user; transient ones are wrapped, so that they are tried again. */
export function verdictOn(registry: RegistrySpec, subject: string, refusal: Refusal): DrayageError | TransientFailure {
  const { host } = registry;
  const said = messageOf(refusal.body);
  const detail = `HTTP ${refusal.status}${said === '' ? '' : `, "${said}"`}`;
  switch (true) {
    // Where tokens are used, a wrong password is refused by the token service: here the user is known, but may not.
    case refusal.status === 401 && (registry.username === undefined || !usesTokens(refusal)):
      return refused(registry, detail);
    case refusal.status === 401 || refusal.status === 403:
      return denied(registry, subject, detail);
    case refusal.status === 429:
      return new TransientFailure(
        new DrayageError(
          'REGISTRY_RATE_LIMITED',
          `Registry ${host} limits how often it may be asked (${detail}, for ${subject}).`,
          { hint: rateHint(registry) },
        ),
        retryAfter(refusal.headers['retry-after']),
      );
    case refusal.status >= 500 || refusal.status === 408:
      return new TransientFailure(
        new DrayageError('REGISTRY_UNREACHABLE', `Registry ${host} failed with ${detail} when asked for ${subject}.`),
        retryAfter(refusal.headers['retry-after']),
      );
    default:
      return new DrayageError(
        'REGISTRY_UNREACHABLE',
        `Registry ${host} answered ${detail} when asked for ${subject}; expected the OCI distribution API.`,
        { hint: speechHint(registry, refusal.body) },
      );
  }
}

/** The credentials, or their absence, were refused. */
export function refused(registry: RegistrySpec, detail: string): DrayageError {
  const { host, username } = registry;
  return username === undefined
    ? new DrayageError(
        'REGISTRY_AUTH',
        `Registry ${host} asks for credentials (${detail}), and none are declared for it.`,
        {
          hint: `Declare username and password under registries."${host}" in drayage.yml.`,
        },
      )
    : new DrayageError('REGISTRY_AUTH', `Registry ${host} refused the password of user ${username} (${detail}).`, {
        hint: `Check registries."${host}" in drayage.yml, and the secret its password comes from.`,
      });
}

/** The user is known, but may not do this. */
export function denied(registry: RegistrySpec, subject: string, detail: string): DrayageError {
  const what = `Registry ${registry.host} denies ${who(registry)} access to ${subject} (${detail}).`;
  const hint = `Check that the repository exists and that ${who(registry)} may use it, or declare other credentials under registries."${registry.host}".`;
  return new DrayageError('REGISTRY_DENIED', what, { hint });
}

/** Some registries make no repositories by themselves. */
export function noRepository(host: string, path: string): DrayageError {
  return new DrayageError('PUSH_FAILED', `Registry ${host} has no repository ${path}.`, {
    hint: 'Some registries (ECR, Artifact Registry) make none by themselves: create it there first, and check the spelling of `image`.',
  });
}

function usesTokens(refusal: Refusal): boolean {
  return /^bearer/i.test(String(refusal.headers['www-authenticate'] ?? ''));
}

const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** No answer came at all. Faults of transport are tried again; a wrong name or certificate stays wrong. */
export function unreachable(registry: RegistrySpec, fault: unknown): DrayageError | TransientFailure {
  const { code, reason, isTransient } = faultOf(fault);
  const verdict = new DrayageError('REGISTRY_UNREACHABLE', `Registry ${registry.host} cannot be reached: ${reason}.`, {
    hint: faultHint(registry, code, reason),
    cause: fault,
  });
  return isTransient ? new TransientFailure(verdict) : verdict;
}

/** A fault of transport in words, and whether another attempt may help. */
export function faultOf(fault: unknown): { code: string; reason: string; isTransient: boolean } {
  const code = codeOf(fault);
  const reason = fault instanceof Error ? fault.message : String(fault);
  return { code, reason, isTransient: transientCodes.has(code) };
}

export function who(registry: RegistrySpec): string {
  return registry.username === undefined ? 'anonymous users' : `user ${registry.username}`;
}

function rateHint(registry: RegistrySpec): string {
  return registry.username === undefined
    ? `Declare credentials under registries."${registry.host}": limits for known users are higher.`
    : 'Wait until the limit is lifted, or use a mirror.';
}

function codeOf(fault: unknown): string {
  if (!(fault instanceof Error)) return '';
  if ('code' in fault && typeof fault.code === 'string') return fault.code;
  return fault.cause === undefined ? '' : codeOf(fault.cause);
}

function faultHint(registry: RegistrySpec, code: string, reason: string): string | undefined {
  const key = `registries."${registry.host}"`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code))
    return `Put the PEM of the authority that signed its certificate under ${key}.ca.`;
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(`${code} ${reason}`))
    return `If it speaks plain HTTP, say so: ${key}.insecure: true.`;
  if (code === 'ENOTFOUND') return `Check the spelling of ${registry.host}.`;
  return undefined;
}

function speechHint(registry: RegistrySpec, body: string): string | undefined {
  if (!/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(body)) return undefined;
  return `It speaks TLS: remove registries."${registry.host}".insecure.`;
}

/** The first message of an error body (distribution specification, "Errors"), on one line and short. */
export function messageOf(body: string): string {
  const [, quoted] = /"(?:message|details)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body) ?? [];
  return (quoted ?? (body.startsWith('<') ? '' : body)).replace(/\s+/g, ' ').trim().slice(0, 200);
}
