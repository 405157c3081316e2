import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Credentials, Target } from '../transport/target.ts';
import { type Environment, variable } from './environment.ts';
import { whyMissing } from './missing-variable.ts';
import { isInPipe, platformOf } from './platform.ts';

export interface SshInputs {
  readonly 'ssh-key'?: string;
  readonly 'ssh-passphrase'?: string;
  readonly 'ssh-password'?: string;
  readonly 'known-hosts'?: readonly string[];
  readonly 'host-key-policy'?: Target['hostKeyPolicy'];
}

/** How every server of a run is logged in to and checked. */
export type SshAccess = Pick<Target, 'auth' | 'knownHosts' | 'hostKeyPolicy'>;

/**
 * Keys, password and agent from inputs. On a terminal what OpenSSH would use stands in for what was not given: the agent,
 * else the usual key files, and the user's known_hosts. In Bitbucket's pipe they are those of the repository's settings.
 */
export async function sshAccess(inputs: SshInputs, env: Environment, cwd: string): Promise<SshAccess> {
  const isTerminal = platformOf(env) === 'terminal';
  const privateKey = await textOrFile(inputs['ssh-key'], 'ssh-key', cwd);
  const password = inputs['ssh-password'];
  const auth: Credentials = { privateKey, passphrase: inputs['ssh-passphrase'], password };
  const [first, ...more] = inputs['known-hosts'] ?? [];
  const lines = more.length === 0 ? await textOrFile(first, 'known-hosts', cwd) : [first, ...more].join('\n');
  const knownHosts = lines ?? (await usualKnownHosts(env, isTerminal));
  const given = privateKey !== undefined || password !== undefined;
  return {
    auth: given ? auth : { ...auth, ...(await usualCredentials(env, isTerminal)), whyNone: whyMissing(env) },
    knownHosts,
    hostKeyPolicy: inputs['host-key-policy'] ?? 'strict',
  };
}

/** Where Bitbucket mounts the key pair and the known hosts of a repository's settings into a pipe. */
const pipelinesKeys = '/opt/atlassian/pipelines/agent/ssh';

async function usualKnownHosts(env: Environment, isTerminal: boolean): Promise<string | undefined> {
  if (isInPipe(env)) return readOptional(join(pipelinesKeys, 'known_hosts'));
  return isTerminal ? readOptional(join(homedir(), '.ssh', 'known_hosts')) : undefined;
}

async function usualCredentials(env: Environment, isTerminal: boolean): Promise<Credentials> {
  const agent = variable(env, 'SSH_AUTH_SOCK');
  if (agent !== undefined) return { agent };
  if (isInPipe(env)) return { privateKey: await readOptional(join(pipelinesKeys, 'id_rsa_tmp')) };
  if (!isTerminal) return {};
  for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa']) {
    const privateKey = await readOptional(join(homedir(), '.ssh', name));
    if (privateKey !== undefined) return { privateKey };
  }
  return {};
}

/** A key without its line ends is long; nothing that could be one is taken for a path and printed. */
export function looksLikePath(given: string): boolean {
  const text = given.trim();
  return text.length < 200 && !/[\r\n]/.test(text) && /^[~./\\]|^[A-Za-z]:[\\/]|^[\w./-]+$/.test(text);
}

/** Text as it is, or the content of the file it names: GitLab's File variables and laptops give paths. */
async function textOrFile(given: string | undefined, input: string, cwd: string): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const text = given.trim();
  if (!looksLikePath(text)) return given;
  const path = resolve(cwd, text.replace(/^~(?=[\\/]|$)/, homedir()));
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        ? 'there is no such file'
        : 'it cannot be read';
    throw new DrayageError('INPUT_INVALID', `The input "${input}" names the file ${text}, but ${why}.`, {
      hint: `Give the path of a file, or its text with all its line breaks.`,
      cause,
    });
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
