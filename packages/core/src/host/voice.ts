import type { Redactor } from '../report/redact.ts';
import { LineCutter } from './view/lines.ts';

/** Output of one source, in any pieces. */
export interface Voice {
  write(chunk: string): void;
  /** What came after the last line end. */
  end(): void;
}

/** Redacts first, or a secret could hide across the end of a line; then cuts into lines. */
export function voice(redactor: Redactor, line: (text: string) => void): Voice {
  const stream = redactor.stream();
  const cutter = new LineCutter(line);
  return {
    write: (chunk) => cutter.write(stream.write(chunk)),
    end: () => {
      cutter.write(stream.end());
      cutter.end();
    },
  };
}
