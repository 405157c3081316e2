import type { RegistrySpec, Secret } from '../../config/model.ts';
import { secret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { ask, numberIn, textIn } from './ask.ts';
import type { Login } from './login.ts';

/** Takes the place of a user name where the password is a token of the registry. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Access to an Azure Container Registry with a token: one of Microsoft Entra ID is exchanged for a refresh token of the
 * registry, which is a password for three hours; one of the registry (`az acr login --expose-token`) is used as it is.
 * https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md. Throws REGISTRY_AUTH, REGISTRY_UNREACHABLE.
 */
export async function acrLogin(registry: RegistrySpec, token: Secret, signal?: AbortSignal): Promise<Login> {
  const { host } = registry;
  const claims = claimsOf(token.reveal());
  if (textIn(claims, 'aud') === host) return { username: nobody, password: token, expires: endOf(claims) };
  const url = new URL(`${registry.insecure ? 'http' : 'https'}://${host}/oauth2/exchange`);
  const form = new URLSearchParams({ grant_type: 'access_token', service: host, access_token: token.reveal() });
  const tenant = textIn(claims, 'tid');
  if (tenant !== undefined) form.set('tenant', tenant);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask({ url, headers, body: form.toString(), ca: registry.ca, signal });
  const refresh = answer.status === 200 ? textIn(answer.body, 'refresh_token') : undefined;
  if (refresh !== undefined) {
    return { username: nobody, password: secret(refresh), expires: endOf(claimsOf(refresh)) ?? threeHours() };
  }
  const said = textIn(answer.body, 'errors', 0, 'message') ?? textIn(answer.body, 'error_description');
  const detail = `HTTP ${answer.status}${said === undefined ? '' : `, "${said.slice(0, 200)}"`}`;
  if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403) {
    const what = `Registry ${host} answered ${detail} when asked to exchange a token; expected an Azure Container Registry.`;
    throw new DrayageError('REGISTRY_UNREACHABLE', what);
  }
  throw new DrayageError('REGISTRY_AUTH', `Registry ${host} refused the token of Microsoft Entra ID (${detail}).`, {
    hint: isOver(claims)
      ? 'It has expired: get a new one in this job, shortly before this step.'
      : 'Get it by `az account get-access-token --query accessToken --output tsv`, with an account that has the role AcrPush or AcrPull.',
  });
}

/** The claims of a JSON Web Token as JSON (RFC 7519), unverified: who issued it will check it. Empty where it is none. */
function claimsOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
}

function endOf(claims: string): number | undefined {
  const seconds = numberIn(claims, 'exp');
  return seconds === undefined ? undefined : seconds * 1000;
}

function isOver(claims: string): boolean {
  return (endOf(claims) ?? Number.POSITIVE_INFINITY) < Date.now();
}

const threeHours = () => Date.now() + 3 * 3_600_000;
