/** Receives the output of one frame. */
export interface Frame {
  /** Unique text that ends it; a word and a line end follow. */
  readonly marker: Buffer;
  deliver(chunk: Buffer): void;
  /** Called once with what stands between marker and line end. */
  end(word: string): void;
}

/** Splits one stream of a shell into frames, by the marker that each script ends with. Bytes outside any frame go to `rest`. */
export class Frames {
  readonly #waiting: Frame[] = [];
  readonly #rest: (chunk: Buffer) => void;
  #held = Buffer.alloc(0);

  constructor(rest: (chunk: Buffer) => void) {
    this.#rest = rest;
  }

  expect(frame: Frame): void {
    this.#waiting.push(frame);
  }

  push(chunk: Buffer): void {
    let data: Buffer = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    for (let frame = this.#waiting[0]; frame !== undefined; frame = this.#waiting[0]) {
      const { marker } = frame;
      const at = data.indexOf(marker);
      const lineEnd = at < 0 ? -1 : data.indexOf(0x0a, at + marker.length);
      const ready = at < 0 ? data.length - overlap(data, marker) : at;
      if (ready > 0) frame.deliver(data.subarray(0, ready));
      if (lineEnd < 0) {
        this.#held = Buffer.from(data.subarray(ready));
        return;
      }
      this.#waiting.shift();
      frame.end(
        data
          .subarray(at + marker.length, lineEnd)
          .toString('latin1')
          .trim(),
      );
      data = data.subarray(lineEnd + 1);
    }
    if (data.length > 0) this.#rest(data);
  }
}

/** How many bytes at the end of `data` could be the beginning of `marker`. */
function overlap(data: Buffer, marker: Buffer): number {
  for (let length = Math.min(marker.length - 1, data.length); length > 0; length--) {
    if (data.subarray(data.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}
