import { describe, expect, it } from 'vitest';
import { asAddress, serverHint } from '../../../packages/core/src/config/server-address.ts';
import { serverFromAddress } from '../../../packages/core/src/config/without-file.ts';
import { base, failuresOf, withService } from './loading.ts';

describe('asAddress', () => {
  it.each([
    ['127.0.0.1', 'ssh://127.0.0.1'],
    ['root@203.0.113.10', 'ssh://root@203.0.113.10'],
    ['deploy@host.example.com:2222', 'ssh://deploy@host.example.com:2222'],
    ['2001:db8::1', 'ssh://[2001:db8::1]'],
    ['root@2001:db8::1', 'ssh://root@[2001:db8::1]'],
    ['root@[2001:db8::1]:22', 'ssh://root@[2001:db8::1]:22'],
    ['root:hunter2@a', 'ssh://root@a'],
    ['localhost', 'local'],
    ['node-1', 'ssh://node-1'],
    ['a b', undefined],
    ['root@', undefined],
    ['a:99999', undefined],
    ['a/b', undefined],
  ])('of %s is %s', (text, address) => {
    expect(asAddress(text)).toBe(address);
    if (address !== undefined) expect(serverFromAddress(address)).toBeDefined();
  });
});

describe('an input that is an address without its ssh://', () => {
  it.each([
    ['root@127.0.0.1', 'root@127.0.0.1', 'Write ssh://root@127.0.0.1.'],
    ['web:2222', 'web:2222', 'Write ssh://web:2222.'],
    ['u:hunter2@a', 'u:***@a', 'Write ssh://u@a.'],
    ['u:hun:t@er2@a', 'u:***@a', undefined],
  ])('is refused for %s, with the form it needs', (text, shown, hint) => {
    const message = `"${shown}" is not the address of a server; expected ssh://user@host:port or local.`;
    expect(() => serverFromAddress(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message, hint }));
  });
});

describe('serverHint', () => {
  it.each([
    ['node1', ['node-1'], 'Did you mean "node-1"?'],
    ['203.0.113.10', ['node-1'], 'Write ssh://203.0.113.10, or a name of drayage.yml: node-1.'],
    ['localhost', ['node-1'], 'Write local, or a name of drayage.yml: node-1.'],
    ['build', ['node-1'], 'There is: node-1. An address is written ssh://user@host.'],
    ['x', [], 'Add it under servers: in drayage.yml, or give ssh://user@host.'],
  ])('for %s beside %j', (name, known, hint) => expect(serverHint(name, known)).toBe(hint));

  it('is given where an input names the server, and not where the file does', async () => {
    const overrides = { services: { web: { deploy: { servers: ['203.0.113.9'] } } } };
    expect(await failuresOf(withService('image: acme/web'), { overrides })).toMatchObject([
      { code: 'INPUT_INVALID', hint: 'Write ssh://203.0.113.9, or a name of drayage.yml: builder, node-1.' },
    ]);
    const text = `${base}services:\n  web: { source: { image: a }, deploy: { servers: [203.0.113.9] } }\n`;
    const [failure] = await failuresOf(text);
    expect(failure?.hint).not.toContain('ssh://');
  });
});
