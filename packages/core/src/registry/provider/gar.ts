import { createSign } from 'node:crypto';
import type { RegistrySpec, Secret } from '../../config/model.ts';
import { secret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { ask, numberIn, textIn } from './ask.ts';
import type { Login } from './login.ts';

/** With it an OAuth access token is a password (Artifact Registry documentation, "Set up authentication for Docker"). */
const username = 'oauth2accesstoken';
const scope = 'https://www.googleapis.com/auth/cloud-platform';
const hour = 3_600_000;

/**
 * An hour of access to Artifact Registry or Container Registry: with the key file of a service account a token is asked
 * for by a signed assertion (RFC 7523; Google Identity, "Using OAuth 2.0 for Server to Server Applications"), so that the
 * key itself stays here; anything else is such a token. Throws REGISTRY_AUTH, REGISTRY_UNREACHABLE.
 */
export async function garLogin(registry: RegistrySpec, key: Secret, signal?: AbortSignal): Promise<Login> {
  const file = keyFile(key.reveal());
  // How long a token lives that somebody else has got is not known; Google gives none that lives longer.
  if (file === undefined) return { username, password: key, expires: Date.now() + hour };
  const email = textIn(file, 'client_email');
  const privateKey = textIn(file, 'private_key');
  if (email === undefined || privateKey === undefined) {
    const type = textIn(file, 'type') ?? 'something else';
    throw new DrayageError(
      'REGISTRY_AUTH',
      `The key for registry ${registry.host} is ${type}; expected the key of a service_account.`,
      {
        hint: 'With workload identity federation give the access token instead: token_format: access_token of google-github-actions/auth.',
      },
    );
  }
  const url = tokenUrl(registry, textIn(file, 'token_uri') ?? 'https://oauth2.googleapis.com/token');
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion(registry, { email, privateKey, audience: url.href, keyId: textIn(file, 'private_key_id') }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask({ url, headers, body: form.toString(), signal });
  const token = answer.status === 200 ? textIn(answer.body, 'access_token') : undefined;
  if (token !== undefined) {
    const life = numberIn(answer.body, 'expires_in');
    return { username, password: secret(token), expires: Date.now() + (life === undefined ? hour : life * 1000) };
  }
  const said = [textIn(answer.body, 'error'), textIn(answer.body, 'error_description')].filter(Boolean).join(': ');
  const detail = `HTTP ${answer.status}${said === '' ? '' : `, ${said.slice(0, 200)}`}`;
  const isClock = /reasonable timeframe/.test(said);
  throw new DrayageError(
    'REGISTRY_AUTH',
    `${url.host} refused the key of ${email} for registry ${registry.host} (${detail}).`,
    {
      hint: isClock
        ? 'Set the clock of the machine that runs Drayage.'
        : 'Check that the service account exists and that this key of it was not deleted or disabled.',
    },
  );
}

/** The file's JSON, also where it was given in base64, as `_json_key_base64` would; undefined for what is no JSON. */
function keyFile(text: string): string | undefined {
  const plain = text.trim();
  const decoded = plain.startsWith('{') ? plain : Buffer.from(plain, 'base64').toString().trim();
  return decoded.startsWith('{') && decoded.endsWith('}') ? decoded : undefined;
}

/** A key file names who takes its assertions; over plain HTTP somebody on the way could use one. */
function tokenUrl(registry: RegistrySpec, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url !== undefined && (url.protocol === 'https:' || isHere)) return url;
  throw new DrayageError(
    'REGISTRY_AUTH',
    `The key for registry ${registry.host} names ${text} as token_uri; expected an https URL.`,
  );
}

interface Assertion {
  readonly email: string;
  readonly privateKey: string;
  readonly audience: string;
  readonly keyId: string | undefined;
}

function assertion(registry: RegistrySpec, { email, privateKey, audience, keyId }: Assertion): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', typ: 'JWT', kid: keyId });
  const body = part({ iss: email, scope, aud: audience, iat: now, exp: now + hour / 1000 });
  try {
    return `${head}.${body}.${createSign('RSA-SHA256').update(`${head}.${body}`).sign(privateKey, 'base64url')}`;
  } catch (cause) {
    throw new DrayageError(
      'REGISTRY_AUTH',
      `The private key of ${email} for registry ${registry.host} cannot be read.`,
      {
        hint: 'Give the whole key file as it was downloaded, with the line ends inside private_key as \\n.',
        cause,
      },
    );
  }
}
