import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ManyErrors } from '../../../../packages/core/src/errors/drayage-error.ts';
import { declaration, inputsOf } from '../../../../packages/core/src/host/input/declaration.ts';
import {
  choice,
  choices,
  duration,
  flag,
  lines,
  list,
  number,
  secret,
  text,
} from '../../../../packages/core/src/host/input/pieces.ts';
import { findInputs, parseInputs } from '../../../../packages/core/src/host/input/read.ts';

const command = declaration({
  name: 'example',
  summary: '',
  inputs: z.object({
    name: text('A name.'),
    key: secret('A key.'),
    'dry-run': flag('Only look.'),
    servers: list('Servers.'),
    env: lines('Environment.'),
    timeout: duration('How long.', { otherwise: 'for ever' }),
    replicas: number('How many.', { min: 1, max: 9 }),
    mode: choice(['auto', 'swarm'], 'How.'),
    told: choices(['status', 'comment'], 'What.'),
  }),
  outputs: {},
  examples: [],
});

const parse = (...argv: string[]) => parseInputs(command, findInputs(command, argv, {}));

describe('parseInputs', () => {
  it('gives each kind its type', () => {
    const argv = [
      '--name',
      ' x ',
      '--dry-run',
      '--servers',
      'a, b\nc',
      '--env',
      'A=1,2\r\n\nB= x',
      '--timeout',
      '1m30s',
    ];
    expect(parse(...argv, '--replicas', '3', '--mode', 'swarm')).toEqual({
      name: ' x ',
      'dry-run': true,
      servers: ['a', 'b', 'c'],
      env: ['A=1,2', 'B= x'],
      timeout: 90_000,
      replicas: 3,
      mode: 'swarm',
    });
  });

  it('takes some of a choice, each once', () => {
    expect(parse('--told', 'comment, status\ncomment')).toEqual({ told: ['comment', 'status'] });
    expect(() => parse('--told', 'comment, statsu')).toThrow(
      '--told is "comment, statsu"; expected any of status, comment.',
    );
    expect(() => parse('--told', ' , ')).toThrow('expected any of status, comment.');
  });

  it('needs nothing', () => {
    expect(parse()).toEqual({});
  });

  it.each([
    [['--dry-run=maybe'], '--dry-run is "maybe"; expected true or false.'],
    [['--timeout', '30'], '--timeout is "30"; expected a duration such as 30s or 1h30m.'],
    [['--timeout', '0'], '--timeout is "0"; expected a duration such as 30s or 1h30m.'],
    [['--replicas', '0'], '--replicas is "0"; expected a whole number from 1 to 9.'],
    [['--replicas', '1e1'], '--replicas is "1e1"; expected a whole number from 1 to 9.'],
    [['--mode', 'Swarm'], '--mode is "Swarm"; expected one of auto, swarm.'],
  ])('refuses %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message }));
  });

  it('names all that is wrong at once', () => {
    let thrown: unknown;
    try {
      parse('--mode', 'x', '--replicas', '10', '--nme', 'y');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ManyErrors);
    expect((thrown as ManyErrors).errors.map((error) => error.message)).toEqual([
      'Unknown flag --nme.',
      '--replicas is "10"; expected a whole number from 1 to 9.',
      '--mode is "x"; expected one of auto, swarm.',
    ]);
  });

  it('knows what an input is', () => {
    expect(inputsOf(command).find(({ name }) => name === 'timeout')).toEqual({
      name: 'timeout',
      kind: 'duration',
      description: 'How long.',
      otherwise: 'for ever',
    });
  });
});
