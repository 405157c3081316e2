import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readArguments } from '../../../../packages/core/src/host/input/arguments.ts';
import type { NamedInput } from '../../../../packages/core/src/host/input/declaration.ts';
import { choice } from '../../../../packages/core/src/host/input/pieces.ts';
import { findInputs, parseInputs } from '../../../../packages/core/src/host/input/read.ts';
import { failuresOf } from '../../../../packages/core/src/report/failure.ts';

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

describe('a flag that nobody knows', () => {
  const many: readonly NamedInput[] = [
    ...['service', 'servers', 'ssh-key', 'ssh-passphrase', 'state', 'secrets', 'tag'],
    ...['domain', 'domain-port', 'dry-run'],
  ].map((name) => ({ name, kind: 'text', description: '' }));
  const all = '`drayage up --help` explains them all.';

  it.each([
    [['--frobnicate'], 'Unknown flag --frobnicate.', all],
    [['--ssh', 'x'], 'Unknown flag --ssh.', `Did you mean "--ssh-key" or "--ssh-passphrase"? ${all}`],
    [['--sevice=web'], 'Unknown flag --sevice.', `Did you mean "--service"? ${all}`],
    [['-s', 'web'], 'Unknown flag -s.', `Drayage has no short flags. ${all}`],
    [['-t', 'v1'], 'Unknown flag -t.', `Drayage has no short flags. Did you mean "--tag"? ${all}`],
    [
      ['-d'],
      'Unknown flag -d.',
      `Drayage has no short flags. Did you mean "--domain", "--domain-port" or "--dry-run"? ${all}`,
    ],
    [['-service', 'web'], 'Unknown flag -service.', `Drayage has no short flags. Did you mean "--service"? ${all}`],
    [['-tag=v1'], 'Unknown flag -tag.', `Drayage has no short flags. Did you mean "--tag"? ${all}`],
  ])('%j is one error with what is near, and never with all flags', (argv, message, hint) => {
    const { errors } = readArguments(argv, many, undefined, 'up');
    expect(errors.map((error) => [error.message, error.hint])).toEqual([[message, hint]]);
  });

  it('with its value behind "=" does not swallow the next argument', () => {
    const { errors } = readArguments(['--foo=a', 'b'], many);
    expect(errors.map((error) => error.message)).toEqual([
      'Unknown flag --foo.',
      'Unexpected argument "b"; expected flags such as --service web.',
    ]);
  });
});

describe('an argument without a flag', () => {
  const command = {
    name: 'builder',
    summary: '',
    inputs: z.object({ action: choice(['inspect', 'du'], '') }),
    outputs: {},
    examples: [],
    positional: 'action',
  };
  const messagesOf = (...argv: string[]) => {
    try {
      parseInputs(command, findInputs(command, argv, {}));
      return [];
    } catch (error) {
      return failuresOf(error).map(({ message }) => message);
    }
  };

  it('is called an argument where its value is wrong', () => {
    expect(messagesOf('foo')).toEqual(['The argument "action" is "foo"; expected one of inspect, du.']);
    expect(messagesOf('--action', 'foo')).toEqual(['--action is "foo"; expected one of inspect, du.']);
  });

  it('may be given once', () => {
    expect(messagesOf('inspect', 'du')).toEqual([
      'Unexpected argument "du"; expected one argument, and "inspect" is the action.',
    ]);
  });
});
