import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../../packages/core/src/host/input/arguments.ts';
import type { NamedInput } from '../../../../packages/core/src/host/input/declaration.ts';

const inputs: readonly NamedInput[] = [
  { name: 'service', kind: 'text', description: '' },
  { name: 'servers', kind: 'list', description: '' },
  { name: 'dry-run', kind: 'flag', description: '' },
  { name: 'no-cache', kind: 'flag', description: '' },
];

describe('readArguments', () => {
  it.each([
    [['--service', 'web'], { service: 'web' }],
    [['--service=web'], { service: 'web' }],
    [['--service=a=b'], { service: 'a=b' }],
    [['--dry-run'], { 'dry-run': 'true' }],
    [['--dry-run=false'], { 'dry-run': 'false' }],
    [['--no-dry-run'], { 'dry-run': 'false' }],
    [['--no-cache'], { 'no-cache': 'true' }],
    [['--servers', 'a', '--servers', 'b,c'], { servers: 'a\nb,c' }],
    [['--service', '-----BEGIN KEY-----'], { service: '-----BEGIN KEY-----' }],
    [[], {}],
  ])('reads %j', (argv, values) => {
    expect(readArguments(argv, inputs).values).toEqual(values);
  });

  it.each([
    [['--sevice', 'web'], ['Unknown flag --sevice.']],
    [['--service', 'a', '--service', 'b'], ['--service was given twice; expected it once.']],
    [['--service'], ['--service needs a value: --service VALUE.']],
    [['--service', '--dry-run'], ['--service needs a value, and --dry-run follows it.']],
    [['web'], ['Unexpected argument "web"; expected flags such as --service web.']],
    [
      ['--foo', '--bar'],
      ['Unknown flag --foo.', 'Unknown flag --bar.'],
    ],
  ])('refuses %j', (argv, messages) => {
    expect(readArguments(argv, inputs).errors.map((error) => error.message)).toEqual(messages);
  });

  it('names the nearest flag', () => {
    expect(readArguments(['--sevice', 'web'], inputs).errors[0]?.hint).toBe('Did you mean "--service"?');
  });

  it('takes an argument without a flag for the positional input', () => {
    expect(readArguments(['web', '--dry-run'], inputs, 'service').values).toEqual({
      service: 'web',
      'dry-run': 'true',
    });
  });

  it.each([['--help'], ['-h']])('sees %s', (flag) => {
    expect(readArguments([flag], inputs).help).toBe(true);
  });
});
