const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const binary = ['', 'k', 'm', 'g', 't'] as const;

/** Milliseconds of `500ms`, `30s`, `1h30m`, `0`; undefined for anything else (a bare `30` has no unit). */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    const factor = milliseconds[unit as keyof typeof milliseconds];
    // `1m1h` and `1s1s` are slips, not durations.
    if (factor >= smallest) return undefined;
    smallest = factor;
    total += Number(amount) * factor;
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest form that `parseDuration` reads back: 5400000 is `1h30m`. */
export function formatDuration(total: number): string {
  if (total === 0) return '0s';
  let rest = Math.round(total);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / milliseconds[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * milliseconds[unit];
  }
  return text;
}

/** Bytes of `512m`, `8g`, `1.5GB`, `1048576`; units are powers of 1024, as Docker reads them. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([kmgt]?)i?b?$/i.exec(text);
  if (match === null) return undefined;
  const power = binary.indexOf((match[2] ?? '').toLowerCase() as (typeof binary)[number]);
  const bytes = Math.round(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The largest unit that stays exact: 536870912 is `512m`. */
export function formatSize(bytes: number): string {
  let amount = bytes;
  let power = 0;
  while (amount !== 0 && amount % 1024 === 0 && power < binary.length - 1) {
    amount /= 1024;
    power += 1;
  }
  return `${amount}${binary[power] === '' ? 'b' : binary[power]}`;
}

/** Docker counts CPUs in billionths. */
export function formatCpus(nanoCpus: number): string {
  return String(nanoCpus / 1e9);
}
