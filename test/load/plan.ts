import type { LoadResult } from './tally.ts';

/** What is asked, where, and how often. */
export interface LoadPlan {
  /** Scheme, name and path of the page; the name goes into SNI and the Host header. */
  readonly url: string;
  /** Where to connect in place of looking the name up; taken in turn. */
  readonly addresses: readonly string[];
  /** PEM of the authority the certificate must come from; without it the system's. */
  readonly ca?: string;
  /** Requests a second: every second one on a new connection, the others on kept ones. */
  readonly rate: number;
  /** Requests to a page that takes long, besides: rate × duration of them are in flight at any time. */
  readonly slow?: { readonly path: string; readonly rate: number };
  /** Milliseconds after which a request counts as failed. */
  readonly timeout: number;
}

export type ToGenerator = { readonly kind: 'start'; readonly plan: LoadPlan } | { readonly kind: 'snapshot' | 'stop' };

export interface FromGenerator {
  readonly kind: 'snapshot' | 'stop';
  readonly result: LoadResult;
}
