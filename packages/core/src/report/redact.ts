import { shortestMask } from '../config/secret.ts';
import { givingAway } from './encodings.ts';

const mask = '***';

/** Text that arrives in pieces: what could be the beginning of a secret waits for the next piece. */
export interface RedactingStream {
  /** The part of everything so far that is safe to print. */
  write(chunk: string): string;
  /** What was waiting. */
  end(): string;
}

export interface Redactor {
  /** Hides a secret and its encodings from now on; false when it is too short for that. */
  add(secret: string): boolean;
  text(text: string): string;
  stream(): RedactingStream;
}

export function createRedactor(secrets: Iterable<string> = []): Redactor {
  const patterns = new Patterns();
  const redactor: Redactor = {
    add(secret) {
      for (const form of givingAway(secret)) patterns.add(form);
      return secret.trim().length >= shortestMask;
    },
    text: (text) => hide(text, patterns.find(text), text.length),
    stream: () => redactingStream(patterns),
  };
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

function redactingStream(patterns: Patterns): RedactingStream {
  let waiting = '';
  return {
    write(chunk) {
      const text = waiting + chunk;
      const spans = patterns.find(text);
      let boundary = patterns.firstOpen(text);
      // A span that reaches beyond the boundary may still grow: it waits as a whole.
      for (const span of spans) if (span.start < boundary && span.end > boundary) boundary = span.start;
      waiting = text.slice(boundary);
      return hide(text, spans, boundary);
    },
    end() {
      const text = waiting;
      waiting = '';
      return hide(text, patterns.find(text), text.length);
    },
  };
}

/** Start and end of text to hide; spans do not overlap and are in order. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function hide(text: string, spans: readonly Span[], end: number): string {
  let result = '';
  let position = 0;
  for (const span of spans) {
    if (span.end > end) break;
    result += text.slice(position, span.start) + mask;
    position = span.end;
  }
  return result + text.slice(position, end);
}

/**
 * A search for many patterns at once: a table of the hashes of their first four characters tells most positions
 * apart in a few nanoseconds, the rest are compared. (An Aho-Corasick automaton for a private key and its encodings
 * would have some hundred thousand nodes.)
 */
class Patterns {
  readonly #heads = new Uint8Array(1 << 16);
  readonly #byHead = new Map<string, string[]>();
  readonly #shortPrefixes = new Set<string>();
  #longest = 0;

  add(pattern: string): void {
    const head = pattern.slice(0, shortestMask);
    const same = this.#byHead.get(head) ?? [];
    if (same.includes(pattern)) return;
    // The longest first: it is the one that hides most.
    this.#byHead.set(
      head,
      [...same, pattern].sort((a, b) => b.length - a.length),
    );
    this.#heads[hashAt(head, 0)] = 1;
    for (let length = 1; length < shortestMask; length++) this.#shortPrefixes.add(pattern.slice(0, length));
    this.#longest = Math.max(this.#longest, pattern.length);
  }

  /** Everything to hide in a text; spans that touch each other's characters are one. */
  find(text: string): Span[] {
    const spans: { start: number; end: number }[] = [];
    if (this.#longest === 0) return spans;
    for (let start = 0; start + shortestMask <= text.length; start++) {
      if (this.#heads[hashAt(text, start)] === 0) continue;
      const candidates = this.#byHead.get(text.slice(start, start + shortestMask));
      const found = candidates?.find((pattern) => text.startsWith(pattern, start));
      if (found === undefined) continue;
      const end = start + found.length;
      const last = spans.at(-1);
      if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
      else spans.push({ start, end });
    }
    return spans;
  }

  /** Where the first pattern begins that the end of the text cuts off; the text's length when there is none. */
  firstOpen(text: string): number {
    for (let start = Math.max(0, text.length - this.#longest + 1); start < text.length; start++) {
      const rest = text.length - start;
      if (rest < shortestMask) {
        if (this.#shortPrefixes.has(text.slice(start))) return start;
      } else if (this.#heads[hashAt(text, start)] === 1) {
        const candidates = this.#byHead.get(text.slice(start, start + shortestMask)) ?? [];
        const tail = text.slice(start);
        if (candidates.some((pattern) => pattern.length > rest && pattern.startsWith(tail))) return start;
      }
    }
    return text.length;
  }
}

function hashAt(text: string, start: number): number {
  const first = text.charCodeAt(start) ^ (text.charCodeAt(start + 1) << 4);
  return (first ^ (text.charCodeAt(start + 2) << 8) ^ (text.charCodeAt(start + 3) << 11)) & 0xffff;
}
