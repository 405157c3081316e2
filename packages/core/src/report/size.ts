const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `812 bytes`, `1.2 kB`, `10 GB`: for people. A step is 1024, as in the sizes of drayage.yml. */
export function readableSize(bytes: number): string {
  let amount = bytes;
  let power = 0;
  while (amount >= 1024 && power < units.length - 1) {
    amount /= 1024;
    power += 1;
  }
  const digits = power === 0 || Number.isInteger(amount) || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${units[power]}`;
}
