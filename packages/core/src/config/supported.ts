import type { Problems } from './problems.ts';
import type { Path } from './tree.ts';
import { printPath } from './tree.ts';

/** A key that is in the schema and does nothing yet. `*` stands for any name or index. */
interface Missing {
  readonly path: string;
  /** Only these values do nothing yet; without it, every value but an empty one. */
  readonly values?: readonly string[];
  /** An empty map asks for something too: it means "with the defaults". */
  readonly empty?: boolean;
}

const databases = ['compose', 'postgres', 'mysql', 'mariadb', 'mongo', 'redis'];

/** Work that makes a key do something removes its line here. */
export const notSupportedYet: readonly Missing[] = [
  { path: 'proxy.acme.challenge', values: ['tls-alpn-01', 'dns-01'] },
  { path: 'proxy.acme.dns' },
  { path: 'services.*.type', values: databases },
  { path: 'services.*.build.type', values: ['railpack', 'nixpacks', 'heroku', 'paketo', 'static', 'compose'] },
  { path: 'services.*.build.env' },
  { path: 'services.*.build.version' },
  { path: 'services.*.build.command' },
  { path: 'services.*.build.publish' },
  { path: 'services.*.build.spa' },
  { path: 'services.*.deploy.kind', values: ['replicated-job', 'global-job'] },
  { path: 'services.*.deploy.configs' },
  { path: 'services.*.deploy.hooks' },
  { path: 'services.*.deploy.canary', empty: true },
  { path: 'services.*.schedules' },
  { path: 'services.*.domains.*.strip-path' },
  { path: 'services.*.domains.*.internal-path' },
  { path: 'services.*.domains.*.redirects' },
  { path: 'services.*.domains.*.middlewares' },
  { path: 'services.*.domains.*.basic-auth' },
  { path: 'services.*.domains.*.allow-ips' },
  { path: 'services.*.domains.*.headers' },
  { path: 'services.*.domains.*.sticky' },
  { path: 'services.*.domains.*.entrypoint' },
  { path: 'services.*.domains.*.resolver' },
];

/** Refuses what does nothing yet. A key that asks for nothing (false, an empty list or map) is true already. */
export function refuseUnsupported(value: unknown, problems: Problems): void {
  for (const missing of notSupportedYet) {
    for (const [path, found] of matches(value, missing.path.split('.'), [])) {
      if ((missing.empty !== true && asksForNothing(found)) || !isMissing(missing, found)) continue;
      const single = missing.values === undefined ? undefined : `"${String(found)}"`;
      const what = single === undefined ? printPath(path) : `${single} for ${printPath(path)}`;
      problems.error(path, `${what} is not supported yet.`, {
        code: 'NOT_SUPPORTED_YET',
        what: 'key',
        hint: single === undefined ? 'Remove the key.' : 'Use another value.',
      });
    }
  }
}

function isMissing(missing: Missing, found: unknown): boolean {
  return missing.values === undefined || missing.values.includes(String(found));
}

function asksForNothing(value: unknown): boolean {
  if (value === undefined || value === 'false') return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(asksForNothing);
}

function* matches(value: unknown, pattern: readonly string[], path: Path): Generator<[Path, unknown]> {
  const [step, ...rest] = pattern;
  if (step === undefined) {
    yield [path, value];
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const list = Array.isArray(value);
  for (const key of step === '*' ? Object.keys(value) : [step]) {
    if (Object.hasOwn(value, key)) yield* matches(Reflect.get(value, key), rest, [...path, list ? Number(key) : key]);
  }
}
