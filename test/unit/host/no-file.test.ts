import { describe, expect, it } from 'vitest';
import { withoutServer } from '../../../packages/core/src/host/no-file.ts';

const told = (values: Record<string, unknown>, inputs = [{ name: 'servers' }]) =>
  withoutServer({ file: 'drayage.yml', folder: 'shop', inputs, values }).map(({ message, hint }) => [message, hint]);

describe('without a drayage.yml', () => {
  it('a server that is no address is named, with the form it needs', () => {
    expect(told({ server: '127.0.0.1', servers: ['node 1'] })).toEqual([
      [
        'There is no drayage.yml in shop/ that could name the server "127.0.0.1"; expected ssh://user@host[:port], or local.',
        'Write ssh://127.0.0.1, or let `drayage init` write a drayage.yml that names it.',
      ],
      [
        'There is no drayage.yml in shop/ that could name the server "node 1"; expected ssh://user@host[:port], or local.',
        '`drayage init` writes a drayage.yml.',
      ],
    ]);
  });

  it('and without a server, there are these ways on', () => {
    const message = 'There is no drayage.yml in shop/, and the inputs name no server.';
    const hint =
      '`drayage init` writes one. Where there is one already, check out the repository first, name the file with "config"';
    expect(told({})).toEqual([[message, `${hint}, or give "servers" as ssh://user@host.`]]);
    expect(told({}, [])).toEqual([[message, `${hint}.`]]);
  });
});
