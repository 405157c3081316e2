/** Cuts chunks of output into lines. A carriage return starts a line over, as on a terminal. */
export class LineCutter {
  readonly #emit: (line: string) => void;
  #rest = '';

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(chunk: string): void {
    const pieces = (this.#rest + chunk).split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const piece of pieces) this.#emit(visible(piece));
    // A progress bar that never ends its line must not grow without end.
    if (this.#rest.length > 65_536) this.end();
  }

  /** What came after the last line end. */
  end(): void {
    if (this.#rest !== '') this.#emit(visible(this.#rest));
    this.#rest = '';
  }
}

/** Text of any origin, so that nothing in it is a command to a terminal or to the log of a CI. */
export function visibleText(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** What a terminal would show in the end; control sequences other than colours are dropped. */
function visible(line: string): string {
  const text = line.replace(/\r+$/, '');
  const last = text.slice(text.lastIndexOf('\r') + 1);
  return last.replace(
    /\x1b\[[0-9;?]*[A-LN-Za-ln-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g,
    '',
  );
}
