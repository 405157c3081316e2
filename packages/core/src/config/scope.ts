import { didYouMean } from './nearest.ts';

/** What the commit being deployed is called; a value is undefined where git does not know it. */
export interface GitFacts {
  readonly sha?: string;
  readonly short?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** Files differ from the commit; only looked at where people work, not in CI. */
  readonly isDirty?: boolean;
}

/** What a reference stands for, or why it stands for nothing. */
export type Found =
  | { readonly text: string; readonly secret: boolean }
  | {
      readonly missing: string;
      readonly hint?: string;
      /** The reference is right; only this run was not given what it stands for. */
      readonly isAbsent?: boolean;
    }
  /** The reason was reported where it stands: a variable whose own reference is wrong. */
  | { readonly reported: true; readonly secret: boolean };

/** Outside values that references may name. */
export interface Given {
  readonly secrets: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly git: GitFacts;
  /** Why a secret may not have reached this run, where its surroundings tell. */
  readonly whyNoSecret?: string;
  /** Where this is there, right references to what the run was not given are put into it, and are no errors. */
  readonly absent?: Set<string>;
}

/** Stands for what is not known while the rest is checked: a host, a path, a name and an image can look like this (RFC 2606). */
export const notKnown = 'not-known.invalid';

const credential =
  /SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_KEY$|^KEY$|(?:^|_)(?:AUTH|PWD_?|PAT|DSN)(?:$|_)/i;

/** `PWD` and `OLDPWD` are folders of the shell. */
const harmless = new Set(['PWD', 'OLDPWD', 'SSH_AUTH_SOCK']);

export function looksLikeCredential(name: string): boolean {
  return credential.test(name) && !harmless.has(name.toUpperCase());
}

export function findSecret(name: string, given: Given): Found {
  const text = own(given.secrets, name);
  if (text !== undefined) return { text, secret: true };
  const known = didYouMean(name, Object.keys(given.secrets)) ?? 'No secrets were given.';
  const give = `Give it as DRAYAGE_SECRET_${name} in the environment, or as ${name}=… in the input "secrets".`;
  return {
    isAbsent: true,
    missing: `there is no secret ${name} in this run`,
    hint: [known, give, given.whyNoSecret].filter(Boolean).join(' '),
  };
}

export function findEnv(name: string, given: Given): Found {
  if (looksLikeCredential(name)) {
    return {
      missing: `env.${name} looks like a credential, and values from env are not kept secret`,
      hint: `Write \${{ secrets.${name} }} and give it as DRAYAGE_SECRET_${name}.`,
    };
  }
  const text = own(given.env, name);
  if (text !== undefined) return { text, secret: false };
  return {
    isAbsent: true,
    missing: `the environment of this run has no variable ${name}`,
    hint: `Set ${name} in the job.`,
  };
}

export function findGit(name: string, given: Given): Found {
  const facts = { sha: given.git.sha, short: given.git.short, branch: given.git.branch, tag: given.git.tag };
  if (!Object.hasOwn(facts, name)) {
    return { missing: `git has no fact called ${name}`, hint: didYouMean(name, Object.keys(facts)) };
  }
  const text = facts[name as keyof typeof facts];
  if (text !== undefined) return { text, secret: false };
  const reasons = {
    sha: 'this run is not in a git checkout',
    short: 'this run is not in a git checkout',
    branch: 'this run is not on a branch',
    tag: 'this run is not for a tag',
  };
  return { isAbsent: true, missing: reasons[name as keyof typeof facts] };
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
