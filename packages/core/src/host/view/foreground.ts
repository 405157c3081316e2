import type { ReportEvent } from './event.ts';

/**
 * Puts the events of phases that run at the same time into an order a log can show: one phase speaks at a time, and what
 * the others say waits until it, with the phases inside it, has finished.
 */
export class Foreground {
  readonly #show: (event: ReportEvent) => void;
  readonly #parents = new Map<number, number | undefined>();
  readonly #waiting = new Map<number, ReportEvent[]>();
  #speaker: number | undefined;

  constructor(show: (event: ReportEvent) => void) {
    this.#show = show;
  }

  push(event: ReportEvent): void {
    if (event.event === 'phase-started') this.#parents.set(event.phase, event.parent);
    this.#deliver(event);
  }

  #deliver(event: ReportEvent): void {
    if (event.event === 'warning' || event.phase === undefined) {
      this.#show(event);
      return;
    }
    const { phase } = event;
    const starts = event.event === 'phase-started';
    if (starts && (this.#speaker === undefined || this.#speaker === event.parent)) this.#speaker = phase;
    if (phase === this.#speaker) {
      this.#show(event);
      if (event.event === 'phase-finished') this.#pass(phase);
      return;
    }
    const holder = this.#holder(phase);
    const waiting = this.#waiting.get(holder);
    if (waiting === undefined) this.#waiting.set(holder, [event]);
    else waiting.push(event);
  }

  /** The outermost phase around this one that does not contain the speaker. */
  #holder(phase: number): number {
    const speaking = this.#ancestors(this.#speaker);
    return this.#ancestors(phase).findLast((ancestor) => !speaking.includes(ancestor)) ?? phase;
  }

  /** The phase itself first, then what it is in. */
  #ancestors(phase: number | undefined): number[] {
    return phase === undefined ? [] : [phase, ...this.#ancestors(this.#parents.get(phase))];
  }

  /** Lets the next one speak: one beside it, what it is in, or the oldest. */
  #pass(from: number): void {
    const parent = this.#parents.get(from);
    const waiting = [...this.#waiting.keys()];
    const next = waiting.find((id) => id !== parent && this.#parents.get(id) === parent) ?? parent ?? waiting[0];
    this.#speaker = next;
    if (next === undefined) return;
    const events = this.#waiting.get(next) ?? [];
    this.#waiting.delete(next);
    for (const event of events) this.#deliver(event);
  }
}
