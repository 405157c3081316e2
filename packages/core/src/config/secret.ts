import type { MaybeSecret, Secret } from './model.ts';

/** Nothing shorter is hidden: it would blank out half of every log. */
export const shortestMask = 4;

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Wraps text so that printing, JSON and string concatenation show `***`; only `reveal()` gives the text. */
export function secret(text: string): Secret {
  const hidden = () => '***';
  const wrapped = { secret: true as const, reveal: () => text, toString: hidden, toJSON: hidden, [inspect]: hidden };
  return Object.freeze(wrapped);
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && (value as Partial<Secret>).secret === true;
}

export function reveal(value: MaybeSecret): string {
  return typeof value === 'string' ? value : value.reveal();
}
