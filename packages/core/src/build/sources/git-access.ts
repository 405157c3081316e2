import type { SourceSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { tidy } from '../../transport/private-key.ts';
import { quote, quoteArgv } from '../../transport/shell.ts';

type GitSource = Extract<SourceSpec, { kind: 'git' }>;

/** How a job reaches a git server. Token and key are files of its folder on tmpfs: not in argv, URL, environment or on disk. */
export interface GitAccess {
  readonly files: Readonly<Record<string, string>>;
  /** Shell text: the environment of git. */
  readonly setup: string;
  /** Shell text: the `git` command with options for the network. */
  readonly git: string;
}

/**
 * Keys of the large forges as they publish them: docs.github.com, "GitHub's SSH key fingerprints"; docs.gitlab.com, "SSH known_hosts entries";
 * support.atlassian.com, "Configure SSH and two-step verification". Other hosts are recorded when first seen and must not change afterwards.
 */
const knownForges = [
  'github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  'gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf',
  'bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO',
];

/** @param knownHosts File on the server that keeps the SSH keys of git servers. */
export function gitAccess(source: GitSource, knownHosts: string): GitAccess {
  return {
    files: {
      'git-ssh': sshScript(knownHosts, source.key !== undefined),
      ...(source.key === undefined ? {} : { 'git-key': keyText(source.key.reveal()) }),
      ...(source.token === undefined
        ? {}
        : { 'git-token': source.token.reveal(), 'git-credential': credentialScript(source.url) }),
    },
    // GIT_CONFIG_NOSYSTEM is left alone: a proxy for git stands in the system's configuration.
    setup: `export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='sh "$DRAYAGE_JOB/git-ssh"'
command -v git > /dev/null || { echo '@drayage missing git'; exit 1; }
[ -s ${quote(knownHosts)} ] || printf '%s\\n' ${quoteArgv(knownForges)} > ${quote(knownHosts)}`,
    git: quoteArgv([
      'git',
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'gc.auto=0',
      ...credentialOptions(source),
      ...sameHost(source),
    ]),
  };
}

/** The server's own helpers are left out: they would store the token. Ours answers for this one host only, so that no redirect gets it. */
function credentialOptions({ url, token }: GitSource): readonly string[] {
  if (token === undefined) return [];
  const { origin } = new URL(url);
  return ['-c', 'credential.helper=', '-c', `credential.${origin}.helper=!sh "$DRAYAGE_JOB/git-credential"`];
}

/**
 * Submodules often name their host by the other protocol, for which there is no credential: git@host:acme/lib.git in a repository that is fetched by
 * https with a token.
 */
function sameHost({ url, token, key }: GitSource): readonly string[] {
  const rewrite = (from: string, to: string) => ['-c', `url.${to}.insteadOf=${from}`];
  if (token !== undefined) {
    const { origin, hostname } = new URL(url);
    return [`git@${hostname}:`, `ssh://git@${hostname}/`].flatMap((from) => rewrite(from, `${origin}/`));
  }
  if (key === undefined) return [];
  const [, scp, host] = /^([^@/:]+@([^:/]+):)(?!\/\/)/.exec(url) ?? [];
  if (scp !== undefined && host !== undefined) return rewrite(`https://${host}/`, scp);
  const { host: withPort, hostname, username } = new URL(url);
  return rewrite(`https://${hostname}/`, `ssh://${username === '' ? '' : `${username}@`}${withPort}/`);
}

/** A credential helper (gitcredentials(7)): GitHub and GitLab take any user name beside a token, Bitbucket its own. */
function credentialScript(url: string): string {
  const user = new URL(url).hostname === 'bitbucket.org' ? 'x-token-auth' : 'x-access-token';
  return `[ "$1" = get ] || exit 0
grep -q '^username=' || echo username=${user}
printf 'password=%s\\n' "$(cat "$DRAYAGE_JOB/git-token")"
`;
}

function sshScript(knownHosts: string, hasKey: boolean): string {
  const strict = `-o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=accept-new`;
  const hosts = `-o UserKnownHostsFile=${quote(`${knownHosts} ~/.ssh/known_hosts`)}`;
  const identity = '-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i "$DRAYAGE_JOB/git-key"';
  return `exec ssh ${strict} ${hosts} ${hasKey ? identity : ''} "$@"\n`;
}

function keyText(key: string): string {
  const text = tidy(key);
  if (text !== undefined) return text;
  throw new DrayageError(
    'SSH_KEY_INVALID',
    'The deploy key in source.key cannot be read: it has no BEGIN and END line.',
    {
      hint: 'Paste the whole file, from "-----BEGIN" to "-----END … PRIVATE KEY-----", with its line breaks.',
    },
  );
}
