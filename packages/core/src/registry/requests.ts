import { setImmediate } from 'node:timers/promises';
import type { Agent, Dispatcher } from 'undici';
import type { RegistrySpec } from '../config/model.ts';
import { Authorization } from './authorization.ts';
import type { ConnectionOptions } from './connection.ts';
import { retryTransient } from './failure.ts';
import { apiHost } from './hosts.ts';
import { followed } from './redirect.ts';
import { type Refusal, unreachable, verdictOn } from './verdict.ts';

export interface RequestsOptions extends Pick<ConnectionOptions, 'dial'> {
  readonly signal?: AbortSignal;
  readonly onRetry?: (reason: string) => void;
  /** Attempts after a transport fault; default 4, about ten seconds. */
  readonly retries?: number;
  /** Milliseconds that no pause between two of them exceeds. */
  readonly longestDelay?: number;
  /** The registry with user and password, where a provider gives them. */
  readonly login?: () => Promise<RegistrySpec>;
}

export interface Question {
  readonly method: Dispatcher.HttpMethod;
  /** Path and query. */
  readonly target: string;
  /** The repository that it is about, as the registry's API names it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** HTTP with one registry: connected and authorized when it asks for it, tried again where the network is at fault. Throws the REGISTRY_… errors. */
export class RegistryRequests {
  readonly origin: string;
  readonly authorization: Authorization;
  readonly #registry: RegistrySpec;
  readonly #options: RequestsOptions;
  #pool: Promise<Agent> | undefined;
  /** undici hears an aborted signal only after it has a connection; that can take long. */
  readonly #abort = () => void this.#pool?.then((agent) => agent.destroy()).catch(() => undefined);

  constructor(registry: RegistrySpec, options: RequestsOptions) {
    this.#registry = registry;
    this.#options = options;
    this.authorization = new Authorization(registry, () => this.#agent(), options.login);
    this.origin = `${registry.insecure ? 'http' : 'https'}://${apiHost(registry.host)}`;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Connects, and learns how to authorize for a repository. */
  async meet(path: string): Promise<void> {
    await this.#persistent(async () => {
      const { answer, isAuthorized } = await this.#begin({ method: 'GET', target: '/v2/', path });
      if (!isAuthorized) this.#judged(answer, `repository ${path}`, []);
    });
  }

  /**
   * The answer to an authorized question.
   *
   * @param subject What it is about, for people.
   * @param accept Statuses that are no failure beside those of success.
   */
  ask(question: Question, subject: string, accept: readonly number[] = []): Promise<Answer> {
    return this.#persistent(async () => {
      const { answer, isAuthorized } = await this.#begin(question);
      return this.#judged(isAuthorized ? await this.send(question) : answer, subject, accept);
    });
  }

  /** One request, and what comes of it. */
  async send({ method, target, path, headers, body }: Question): Promise<Answer> {
    const authorization = this.authorization.header(path);
    const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
    try {
      const { signal } = this.#options;
      const agent = await this.#agent();
      const asked = { origin: this.origin, path: target, method, headers: sent, body, signal };
      const response = await followed(agent, await agent.request(asked), asked);
      const bytes = Buffer.from(await response.body.arrayBuffer());
      // undici counts a connection as free one turn after its answer ended; until then it would open another.
      await setImmediate();
      return { status: response.statusCode, headers: response.headers, bytes };
    } catch (fault) {
      throw unreachable(this.#registry, fault);
    }
  }

  /** Ends what is under way and its connections. */
  close(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#abort();
  }

  /** The first answer, and whether it told how to authorize, so that the same is worth asking again. */
  async #begin(question: Question): Promise<{ answer: Answer; isAuthorized: boolean }> {
    const { path } = question;
    const used = this.authorization.header(path);
    const answer = await this.send(question);
    const challenge = headerText(answer.headers['www-authenticate']);
    const isAuthorized = answer.status === 401 && (await this.authorization.answer(path, challenge, used));
    return { answer, isAuthorized };
  }

  #judged(answer: Answer, subject: string, accept: readonly number[]): Answer {
    if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer;
    const refusal: Refusal = { ...answer, body: answer.bytes.toString('utf8') };
    throw verdictOn(this.authorization.registry, subject, refusal);
  }

  #persistent<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, retries = 4, longestDelay, onRetry } = this.#options;
    return retryTransient(attempt, { retries, firstDelay: 300, longestDelay, signal, onRetry });
  }

  /** The HTTP client is half a megabyte of code: it is loaded when the first request is made. */
  #agent(): Promise<Agent> {
    const { ca } = this.#registry;
    const { dial } = this.#options;
    this.#pool ??= import('./connection.ts').then(({ connections }) => connections({ ca, dial }));
    return this.#pool;
  }
}

export function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ');
}
