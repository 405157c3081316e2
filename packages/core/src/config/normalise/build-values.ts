import { posix } from 'node:path';
import { isContextReference } from '../context-reference.ts';
import type { BuildSpec, Secret } from '../model.ts';
import { looksLikeCredential } from '../scope.ts';
import { looksLikeSecretValue } from '../secret-value.ts';
import { type Path, printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

type Texts = Readonly<Record<string, string>>;

/** Folders of named contexts as paths relative to the source's root. */
export function namedContexts(given: Texts): BuildSpec['contexts'] {
  const folder = (value: string) => posix.normalize(value).replace(/(?<=.)\/$/, '');
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, isContextReference(value) ? value : folder(value)]),
  );
}

/** Build arguments, with a warning for each that carries a secret or looks as if it did. */
export function buildArgs(args: Texts, at: Path, reading: Reading): BuildSpec['args'] {
  const values = reading.values(at, args);
  for (const [name, value] of Object.entries(values)) {
    const seen =
      typeof value !== 'string' ? 'carries a secret' : looksSecret(name, value) ? 'looks like a secret' : undefined;
    if (seen === undefined) continue;
    reading.problems.warn(
      [...at, name],
      `${printPath([...at, name])} ${seen}, and build arguments can be read in the image; build.secrets leaves no trace.`,
    );
  }
  return values;
}

/** Keys that are meant to be read by everybody say so; a switch or a number is no secret. */
function looksSecret(name: string, value: string): boolean {
  if (looksLikeSecretValue(value)) return true;
  const isPlain = /^(?:|true|false|yes|no|on|off|\d{1,5})$/i.test(value);
  return !isPlain && looksLikeCredential(name) && !/PUBLIC|PUBLISHABLE/i.test(name);
}

/** Build secrets. An empty one is refused: the build would fail far from the cause, or worse, would not. */
export function buildSecrets(given: Texts, at: Path, reading: Reading): BuildSpec['secrets'] {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, filledSecret([...at, name], text, reading)]),
  );
}

export function filledSecret(path: Path, text: string, reading: Reading): Secret {
  if (text === '') {
    reading.problems.error(path, `${printPath(path)} is empty.`, {
      hint: 'Set the secret in the CI system for this repository and environment (runs for pull requests from forks get none), or remove the key.',
    });
  }
  return reading.secret(path, text);
}
