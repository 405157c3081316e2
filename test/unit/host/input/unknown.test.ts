import { describe, expect, it } from 'vitest';
import { misspeltVariables, namesGiven, unknownInputs } from '../../../../packages/core/src/host/input/unknown.ts';

const known = ['command', 'dry-run', 'servers', 'ssh-key', 'known-hosts', 'env', 'to'];
const messages = (errors: readonly { message: string; hint?: string | undefined }[]) =>
  errors.map(({ message, hint }) => `${message} ${hint}`);

describe('unknownInputs', () => {
  it('takes capitals for small letters, as GitHub does, and names the nearest', () => {
    expect(unknownInputs(['Dry-Run', 'SERVERS'], known)).toEqual([]);
    expect(messages(unknownInputs(['sevrers'], known))).toEqual([
      'There is no input "sevrers". Did you mean "servers"?',
    ]);
  });

  it('says where all of them are explained, instead of listing them', () => {
    expect(messages(unknownInputs(['frobnicate', 'ssh'], known))).toEqual([
      'There is no input "frobnicate". The README of the action lists its inputs.',
      'There is no input "ssh". Did you mean "ssh-key"?',
    ]);
  });
});

describe('namesGiven', () => {
  it.each([
    ['{"dry-run":"true","servers":"","odd":"x"}', ['dry-run', 'odd']],
    ['', []],
    ['not JSON', []],
  ])('of %j are %j', (text, names) => {
    expect(namesGiven({ DRAYAGE_INPUTS: text })).toEqual(names);
  });
});

describe('misspeltVariables', () => {
  const pipe = {
    DRAYAGE_PIPE: 'bitbucket',
    ...{ CI: 'true', HOME: '/root', PATH: '/bin', HOSTNAME: 'x', NODE_VERSION: '24.0.0', YARN_VERSION: '1.22.22' },
    ...{
      SHLVL: '1',
      PWD: '/',
      TERM: 'xterm',
      DOCKER_HOST: 'tcp://x',
      BITBUCKET_STEP_TRIGGERER_UUID: 'x',
      LANG: 'C.UTF-8',
    },
  };

  it('are none in an environment as Bitbucket makes it', () => {
    expect(
      misspeltVariables({ ...pipe, COMMAND: 'up', SERVERS_COUNT: '1', SERVERS_0: 'node-1', DRY_RUN: 'x' }, known),
    ).toEqual([]);
  });

  it('are said with what was meant, lists too', () => {
    expect(messages(misspeltVariables({ ...pipe, DRY_RNU: 'true', SEVERS_COUNT: '1', SEVERS_0: 'a' }, known))).toEqual([
      "There is no variable DRY_RNU of this pipe's command. Did you mean DRY_RUN?",
      "There is no variable SEVERS of this pipe's command. Did you mean SERVERS?",
    ]);
  });

  it('are nobody’s business outside of the pipe', () => {
    expect(misspeltVariables({ DRY_RNU: 'true' }, known)).toEqual([]);
  });
});
