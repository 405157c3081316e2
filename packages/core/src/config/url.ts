/** Where a domain is asked. */
export function urlOf({
  host,
  path,
  https,
}: {
  readonly host: string;
  readonly path: string;
  readonly https: boolean;
}) {
  return `${https ? 'https' : 'http'}://${host}${path}`;
}
