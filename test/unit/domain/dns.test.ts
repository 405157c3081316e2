import { describe, expect, it } from 'vitest';
import { checkRecords, type Lookup } from '../../../packages/core/src/domain/dns.ts';

/** A name server that knows these records. */
const lookup = (a: Record<string, string[]>, aaaa: Record<string, string[]> = {}): Lookup => ({
  a: async (host) => a[host] ?? [],
  aaaa: async (host) => aaaa[host] ?? [],
});
const host = 'shop.example.com';

describe('checkRecords', () => {
  it.each([
    ['the record points to the node', { [host]: ['203.0.113.10'] }, {}, ['203.0.113.10']],
    ['the node is known by name', { [host]: ['203.0.113.10'], 'node.example': ['203.0.113.10'] }, {}, ['node.example']],
    ["a node's own name cannot be looked up", { [host]: ['203.0.113.10'] }, {}, ['build.internal']],
  ])('has nothing to say when %s', async (_, a, aaaa, nodes) => {
    expect(await checkRecords(lookup(a, aaaa), host, nodes)).toEqual([]);
  });

  it('asks for no record of a wildcard', async () => {
    expect(await checkRecords(lookup({}), '*.example.com', ['203.0.113.10'])).toEqual([]);
  });

  it('says that there is no record', async () => {
    expect(await checkRecords(lookup({}), host, ['203.0.113.10'])).toEqual([
      'shop.example.com has neither an A nor an AAAA record; it should point to 203.0.113.10.',
    ]);
  });

  it('warns of an AAAA record that leads elsewhere, though the A record is right', async () => {
    const records = lookup({ [host]: ['203.0.113.10'] }, { [host]: ['2001:db8::1'] });
    expect(await checkRecords(records, host, ['203.0.113.10'])).toEqual([
      expect.stringContaining('has the AAAA record 2001:db8::1, which is none of 203.0.113.10'),
    ]);
  });
});
