import type { BuildSpec } from '../model.ts';
import type { Problems } from '../problems.ts';
import type { ParsedApplication } from '../schema/service.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';

type Type = BuildSpec['type'];
type ParsedBuild = NonNullable<ParsedApplication['build']>;

/** Types in which BuildKit runs the build's own steps. */
const byBuildKit = ['dockerfile', 'railpack', 'nixpacks', 'static', 'compose'] as const;

/** Which types take a key. A key that does not stand here is for all of them. */
const takers = {
  dockerfile: ['dockerfile'],
  contexts: ['dockerfile'],
  target: ['dockerfile'],
  args: ['dockerfile'],
  ssh: ['dockerfile', 'compose'],
  secrets: ['dockerfile', 'railpack', 'nixpacks', 'heroku', 'paketo', 'static', 'compose'],
  env: ['railpack', 'nixpacks', 'heroku', 'paketo', 'static', 'compose'],
  version: ['railpack', 'nixpacks', 'heroku', 'paketo', 'static'],
  command: ['railpack', 'nixpacks', 'static'],
  publish: ['static'],
  spa: ['static'],
  headers: ['static'],
  'server-image': ['static'],
  file: ['compose'],
  network: ['dockerfile', 'nixpacks', 'static', 'compose'],
  cache: byBuildKit,
  sbom: byBuildKit,
  provenance: byBuildKit,
} as const satisfies Partial<Record<keyof ParsedBuild, readonly Type[]>>;

/** A key that the type does not take is refused; where the type has yet to be found out, one that neither candidate takes. */
export function refuseForeignKeys(type: Type, build: ParsedBuild, at: Path, problems: Problems): void {
  const candidates: readonly Type[] = type === 'auto' ? ['dockerfile', 'railpack'] : [type];
  for (const [key, types] of Object.entries(takers)) {
    const known: readonly Type[] = types;
    if (asksForNothing(build[key as keyof typeof takers]) || candidates.some((one) => known.includes(one))) continue;
    const where = printPath([...at, key]);
    const message =
      type === 'auto'
        ? `${where} needs ${printPath([...at, 'type'])}: ${known.join(' or ')}.`
        : `${printPath(at)} has both type: ${type} and ${key}, which is for ${known.join(', ')}.`;
    problems.error([...at, key], message, { what: 'key', code: 'CONFIG_CONFLICT', hint: cures[key] });
  }
}

const cures: Readonly<Record<string, string>> = {
  args: 'Build-time variables of this type stand under env.',
  env: 'Variables of a Dockerfile stand under args, secrets under secrets.',
};

function asksForNothing(value: unknown): boolean {
  if (value === undefined || value === false || value === 'default') return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(asksForNothing);
}
