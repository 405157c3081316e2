/**
 * Counts the sessions that are open on one connection. sshd allows ten (MaxSessions); eight are used, fewer where the
 * server refused one. Whoever waits is woken at every change and looks again.
 */
export class Seats {
  #limit: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a seat if one is free. */
  take(): boolean {
    if (this.#taken >= this.#limit) return false;
    this.#taken += 1;
    return true;
  }

  free(): void {
    this.#taken -= 1;
    this.changed();
  }

  /** The server refused the seat that was just taken: from now on there are only as many as were open. False when there were none. */
  refused(): boolean {
    this.#taken -= 1;
    if (this.#taken > 0) this.#limit = this.#taken;
    this.changed();
    return this.#taken > 0;
  }

  changed(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
