/** Days. */
export const lifetime = {
  authority: 3650,
  leaf: 365,
  /** Before the end: a new authority makes all clients' certificates worthless, so it comes early. */
  renewAuthority: 365,
  renewLeaf: 60,
} as const;

export const oneDay = 86_400_000;
