import { describe, expect, it } from 'vitest';
import type { NamedInput } from '../../../../packages/core/src/host/input/declaration.ts';
import { findInput } from '../../../../packages/core/src/host/input/lookup.ts';

const sshKey: NamedInput = { name: 'ssh-key', kind: 'secret', description: '' };
const servers: NamedInput = { name: 'servers', kind: 'list', description: '' };
const github = { GITHUB_ACTIONS: 'true' };
const pipe = { BITBUCKET_BUILD_NUMBER: '7', DRAYAGE_PIPE: 'bitbucket' };

describe('findInput', () => {
  it('prefers the flag, then DRAYAGE_, then what a template set, then the form of the CI', () => {
    const env = { ...github, DRAYAGE_SSH_KEY: 'own', DRAYAGE_INPUT_SSH_KEY: 'template', 'INPUT_SSH-KEY': 'github' };
    expect(findInput(sshKey, { 'ssh-key': 'flag' }, env)?.text).toBe('flag');
    expect(findInput(sshKey, {}, env)?.text).toBe('own');
    expect(findInput(sshKey, {}, { ...env, DRAYAGE_SSH_KEY: '' })?.text).toBe('template');
    expect(findInput(sshKey, {}, { ...github, 'INPUT_SSH-KEY': 'github' })?.text).toBe('github');
  });

  it('takes empty for not given, everywhere', () => {
    const env = { ...github, DRAYAGE_SSH_KEY: '', DRAYAGE_INPUT_SSH_KEY: '', 'INPUT_SSH-KEY': '' };
    expect(findInput(sshKey, { 'ssh-key': '' }, env)).toBeUndefined();
  });

  it("knows GitHub's form only on GitHub, with the hyphen", () => {
    expect(findInput(sshKey, {}, { 'INPUT_SSH-KEY': 'x' })).toBeUndefined();
    expect(findInput(sshKey, {}, { ...github, INPUT_SSH_KEY: 'x' })).toBeUndefined();
  });

  it('takes plain names only inside the pipe', () => {
    expect(findInput(sshKey, {}, { ...pipe, SSH_KEY: 'x' })?.text).toBe('x');
    expect(findInput(sshKey, {}, { BITBUCKET_BUILD_NUMBER: '7', SSH_KEY: 'x' })).toBeUndefined();
    expect(findInput(sshKey, {}, { SSH_KEY: 'x' })).toBeUndefined();
  });

  it('puts the lists of a pipe together', () => {
    const env = { ...pipe, SERVERS_COUNT: '2', SERVERS_0: 'a', SERVERS_1: 'b' };
    expect(findInput(servers, {}, env)?.text).toBe('a\nb');
  });

  it('says where it was found', () => {
    expect(findInput(sshKey, {}, { DRAYAGE_SSH_KEY: 'x' })?.from).toBe('DRAYAGE_SSH_KEY');
    expect(findInput(sshKey, { 'ssh-key': 'x' }, {})?.from).toBe('--ssh-key');
  });
});
