/** A promise, and what ties it to one that does not exist yet. */
export function promised(): [told: <T>(work: Promise<T>) => Promise<T>, ready: Promise<unknown>] {
  let settle: (work: Promise<unknown>) => void = () => undefined;
  const ready = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  ready.catch(() => undefined);
  return [
    (work) => {
      settle(work);
      return work;
    },
    ready,
  ];
}
