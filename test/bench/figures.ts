/** Middle value; the mean of both middle ones for an even count. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Rows under a head, right-aligned but for the first column. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** A figure the project promises, and whether this run reached it. */
export interface Verdict {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

export function tellVerdicts(verdicts: readonly Verdict[]): string {
  const number = (value: number, unit: string): string =>
    unit === '' ? String(value) : `${Number(value.toFixed(3))} ${unit}`;
  return table(
    ['figure', 'measured', 'at most', ''],
    verdicts.map(({ name, value, limit, unit }) => [
      name,
      number(value, unit),
      number(limit, unit),
      value <= limit ? 'reached' : 'MISSED',
    ]),
  );
}
