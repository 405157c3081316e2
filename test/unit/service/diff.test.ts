import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { diffSpecs, formatChange } from '../../../packages/core/src/service/diff.ts';
import { spec } from './specs.ts';

const lines = (before: Parameters<typeof spec>[0] | undefined, after: Parameters<typeof spec>[0]) =>
  diffSpecs(before === undefined ? undefined : spec(before), spec(after)).map(formatChange);

describe('diffSpecs', () => {
  it('says nothing when nothing differs', () => {
    expect(lines({ env: { A: '1' } }, { env: { A: '1' } })).toEqual([]);
  });

  it('shows fields in the names and units of drayage.yml', () => {
    expect(
      lines(
        { resources: { memory: 536870912 }, env: { A: '1', OLD: 'x' }, drain: 10_000 },
        { resources: { memory: 2147483648, nanoCpus: 5e8 }, env: { A: '2' }, drain: 90_000 },
      ),
    ).toEqual([
      '~ env.A: "1" → "2"',
      '+ resources.cpus: 0.5',
      '~ resources.memory: 512m → 2g',
      '~ drain: 10s → 1m30s',
      '- env.OLD: "x"',
    ]);
  });

  it('shows that a secret has changed, and not to what', () => {
    const [line = ''] = lines({ env: { T: secret('before') } }, { env: { T: secret('after') } });
    expect(line).toMatch(/^~ env\.T: secret [0-9a-f]{12} → secret [0-9a-f]{12}$/);
  });

  it('shows everything for a first deployment', () => {
    expect(lines(undefined, {})).toContain(
      '+ health: http /healthz on 3000, every 2s, timeout 2s, 10 retries after 5s',
    );
  });
});
