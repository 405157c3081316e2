import { describe, expect, it } from 'vitest';
import { asciiHost, parseRoute, printRoute } from '../../../packages/core/src/proxy/route.ts';
import { exampleDomain, exampleRoute } from './example.ts';

describe('asciiHost', () => {
  it.each([
    ['Shop.Example.COM', 'shop.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.Example.com', '*.example.com'],
    ['not a host', ''],
    ['xn--', ''],
    ['shop..example', ''],
    ['[::1]', ''],
  ])('writes %s as %s', (host, ascii) => {
    expect(asciiHost(host)).toBe(ascii);
  });
});

describe('route files', () => {
  it('are read back as they were written', () => {
    const route = exampleRoute({ domains: [exampleDomain({ certificate: { kind: 'custom', name: 'abc' } })] });
    expect(parseRoute(printRoute(route))).toEqual(route);
  });

  it.each([
    ['no JSON', '{'],
    ['a newer version', JSON.stringify({ ...exampleRoute(), version: 2 })],
    ['an unknown key', JSON.stringify({ ...exampleRoute(), extra: 1 })],
    [
      'a certificate outside its folder',
      JSON.stringify(exampleRoute({ domains: [exampleDomain({ certificate: { kind: 'custom', name: '../x' } })] })),
    ],
  ])('with %s are not read', (_, text) => {
    expect(parseRoute(text)).toBeUndefined();
  });
});
