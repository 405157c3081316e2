import type { Dispatcher } from 'undici';
import type { RegistrySpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { credentialsOf } from './credentials.ts';
import { refused, unreachable, verdictOn } from './verdict.ts';

type Access = 'pull' | 'pull,push' | 'pull,delete';

/** What is sent as `Authorization` for each repository: nothing, until the registry has asked. */
export class Authorization {
  #registry: RegistrySpec;
  readonly #login: () => Promise<RegistrySpec>;
  readonly #dispatcher: () => Promise<Dispatcher>;
  readonly #headers = new Map<string, string>();
  /** When the tokens in them end, in milliseconds since the epoch. */
  readonly #ends = new Map<string, number>();
  readonly #access = new Map<string, Access>();
  /** Questions under way, so that parallel requests ask for one token. */
  readonly #pending = new Map<string, Promise<string>>();

  /** @param login The registry with the user and password that count now. */
  constructor(
    registry: RegistrySpec,
    dispatcher: () => Promise<Dispatcher>,
    login: () => Promise<RegistrySpec> = async () => registry,
  ) {
    this.#registry = registry;
    this.#dispatcher = dispatcher;
    this.#login = login;
  }

  /** As it was last logged in to. */
  get registry(): RegistrySpec {
    return this.#registry;
  }

  /** From now on tokens for this repository must allow this; one that does not is forgotten. */
  wants(path: string, access: Access): void {
    if ((this.#access.get(path) ?? 'pull') === access || access === 'pull') return;
    this.#access.set(path, access);
    this.#headers.delete(path);
  }

  header(path: string): string | undefined {
    // What is known to be refused is not sent.
    if ((this.#ends.get(path) ?? Number.POSITIVE_INFINITY) <= Date.now()) this.#headers.delete(path);
    return this.#headers.get(path);
  }

  /**
   * Learns from a 401 how to authorize.
   *
   * @param used The header of the refused request.
   * @returns Whether the request is worth another try: not with what was refused just now.
   */
  async answer(path: string, authenticate: string | undefined, used: string | undefined): Promise<boolean> {
    // A request that ran beside this one has learned it meanwhile.
    if (this.#headers.get(path) !== used) return true;
    const challenge = parseChallenge(authenticate);
    if (challenge === undefined) return false;
    const pending = this.#pending.get(path) ?? this.#authorize(path, challenge);
    this.#pending.set(path, pending);
    try {
      const header = await pending;
      this.#headers.set(path, header);
      return header !== used;
    } finally {
      this.#pending.delete(path);
    }
  }

  async #authorize(path: string, challenge: Challenge): Promise<string> {
    this.#registry = await this.#login();
    const credentials = credentialsOf(this.#registry);
    const basic =
      credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    if (challenge.scheme === 'basic') {
      if (basic === undefined) throw refused(this.#registry, 'HTTP 401');
      return basic;
    }
    return `Bearer ${await this.#token(path, challenge, basic)}`;
  }

  /** Distribution's token authentication: https://distribution.github.io/distribution/spec/auth/token/ */
  async #token(path: string, challenge: Challenge & { scheme: 'bearer' }, basic: string | undefined): Promise<string> {
    const url = this.#tokenUrl(path, challenge);
    const headers = basic === undefined ? {} : { authorization: basic };
    const dispatcher = await this.#dispatcher();
    const response = await dispatcher
      .request({ origin: url.origin, path: `${url.pathname}${url.search}`, method: 'GET', headers })
      .catch((fault: unknown) => {
        throw unreachable(this.#registry, fault);
      });
    const body = await response.body.text();
    if (response.statusCode === 401 || response.statusCode === 403) {
      throw refused(this.#registry, `HTTP ${response.statusCode} from ${url.host}`);
    }
    if (response.statusCode !== 200) {
      const refusal = { status: response.statusCode, headers: response.headers, body };
      throw verdictOn(this.#registry, `a token from ${url.host}`, refusal);
    }
    const { token, life } = tokenIn(body);
    this.#ends.set(path, Date.now() + life * 1000);
    if (token !== undefined) return token;
    throw new DrayageError(
      'REGISTRY_UNREACHABLE',
      `${url.host} answered without a token for registry ${this.#registry.host}.`,
    );
  }

  #tokenUrl(path: string, challenge: Challenge & { scheme: 'bearer' }): URL {
    if (!URL.canParse(challenge.realm)) {
      const what = `Registry ${this.#registry.host} sends clients to "${challenge.realm}" for tokens; expected a URL.`;
      throw new DrayageError('REGISTRY_UNREACHABLE', what);
    }
    const url = new URL(challenge.realm);
    // A password never goes over plain HTTP unless the user said that this registry does.
    if (url.protocol !== 'https:' && !this.#registry.insecure) {
      const what = `Registry ${this.#registry.host} sends clients to ${url.origin} for tokens; expected https.`;
      throw new DrayageError('REGISTRY_UNREACHABLE', what);
    }
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    url.searchParams.set('scope', `repository:${path}:${this.#access.get(path) ?? 'pull'}`);
    if (this.#registry.username !== undefined) url.searchParams.set('account', this.#registry.username);
    return url;
  }
}

/** The token, under either of its names, and for how many seconds it counts: where nothing is said, until it is refused. */
function tokenIn(body: string): { token: string | undefined; life: number } {
  const answer = Object(parseJson(body));
  const token = [answer.token, answer.access_token].find((value) => typeof value === 'string' && value !== '');
  const life = typeof answer.expires_in === 'number' ? answer.expires_in : Number.POSITIVE_INFINITY;
  // The specification has no shorter ones.
  return { token, life: Math.max(60, life) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
