import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from 'undici';
import { DrayageError } from '../../errors/drayage-error.ts';
import { connections } from '../connection.ts';
import { retryAfter, retryTransient, TransientFailure } from '../failure.ts';
import { faultOf } from '../verdict.ts';

/** A request to the API of a provider, from this machine. */
export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM of an authority to trust besides the usual ones. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
}

export interface ProviderAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * POSTs a question for credentials; faults of transport, HTTP 429 and 5xx are tried again. Throws REGISTRY_UNREACHABLE and
 * REGISTRY_RATE_LIMITED; every other answer is the caller's to judge.
 */
export async function ask({ url, headers, body, ca, signal }: Question): Promise<ProviderAnswer> {
  const agent = connections({ ca });
  const attempt = async (): Promise<ProviderAnswer> => {
    const { response, text } = await send(agent, { url, headers, body, signal });
    const status = response.statusCode;
    if (status === 429 || status >= 500) {
      const code = status === 429 ? 'REGISTRY_RATE_LIMITED' : 'REGISTRY_UNREACHABLE';
      const what = `${url.host} answered HTTP ${status} when asked for the password of a registry.`;
      throw new TransientFailure(new DrayageError(code, what), retryAfter(response.headers['retry-after']));
    }
    return { status, body: text };
  };
  try {
    return await retryTransient(attempt, { retries: 4, firstDelay: 300, signal });
  } finally {
    await Promise.race([agent.destroy(), sleep(100)]);
  }
}

async function send(agent: Agent, { url, headers, body, signal }: Question) {
  try {
    const path = `${url.pathname}${url.search}`;
    const response = await agent.request({ origin: url.origin, path, method: 'POST', headers, body, signal });
    return { response, text: await response.body.text() };
  } catch (fault) {
    const { reason, code, isTransient } = faultOf(fault);
    const hint =
      code === 'ENOTFOUND'
        ? `Check the region in the name of the registry (or AWS_REGION): it leads to ${url.hostname}.`
        : undefined;
    const verdict = new DrayageError('REGISTRY_UNREACHABLE', `${url.host} cannot be reached: ${reason}.`, {
      hint,
      cause: fault,
    });
    throw isTransient ? new TransientFailure(verdict) : verdict;
  }
}

/** A text from a JSON answer, by the names of its members; undefined where there is none. */
export function textIn(body: string, ...path: readonly (string | number)[]): string | undefined {
  const value = valueIn(body, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** As `textIn`, for a number. */
export function numberIn(body: string, ...path: readonly (string | number)[]): number | undefined {
  const value = valueIn(body, ...path);
  return typeof value === 'number' ? value : undefined;
}

function valueIn(body: string, ...path: readonly (string | number)[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
