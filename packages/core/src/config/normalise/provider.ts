import type { RegistryProvider } from '../model.ts';
import type { ParsedRegistry } from '../schema/project.ts';
import { secret } from '../secret.ts';
import type { Path } from '../tree.ts';
import type { Reading } from './reading.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The user name with which a registry of Azure takes its tokens. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Who gives the password of a registry with `type`; undefined where username and password are the registry's own.
 *
 * @param env Variables that AWS names (AWS SDKs and Tools Reference Guide): what aws-actions/configure-aws-credentials sets.
 */
export function registryProvider(
  host: string,
  given: ParsedRegistry,
  path: Path,
  env: Env,
  reading: Reading,
): RegistryProvider | undefined {
  const { type, username } = given;
  if (type === 'ecr') return ecr(host, given, path, env, reading);
  if (given['session-token'] !== undefined) {
    reading.problems.error([...path, 'session-token'], `The registry ${host} has a session-token and no type: ecr.`, {
      what: 'key',
      code: 'CONFIG_CONFLICT',
    });
  }
  if (type !== 'acr' && type !== 'gar') return undefined;
  const password = given.password === undefined ? undefined : reading.secret([...path, 'password'], given.password);
  if (password === undefined) {
    const what = type === 'acr' ? 'an access token of Microsoft Entra ID' : 'the JSON key of a service account';
    reading.problems.error(path, `The registry ${host} has type: ${type} and no password; expected ${what}.`, {
      what: 'key',
    });
    return undefined;
  }
  if (type === 'gar') return { kind: 'gar', key: password };
  // A service principal or the admin user has a password of the registry's own.
  return username === undefined || username === nobody ? { kind: 'acr', token: password } : undefined;
}

/**
 * Names of private registries, with FIPS, dual-stack, China and the isolated partitions:
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
 */
const privateName =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|on\.aws|on\.amazonwebservices\.com\.cn|[a-z.]*\.(?:gov|uk))$/;

function ecr(
  host: string,
  given: ParsedRegistry,
  path: Path,
  env: Env,
  reading: Reading,
): RegistryProvider | undefined {
  const isPublic = host === 'public.ecr.aws';
  // The public gallery answers there only.
  const region = isPublic ? 'us-east-1' : (privateName.exec(host)?.[1] ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION);
  if (region === undefined || region === '') {
    const message = `The registry ${host} has type: ecr, and neither its name nor AWS_REGION tells the region.`;
    reading.problems.error([...path, 'type'], message, {
      hint: 'Names of ECR are like 123456789012.dkr.ecr.eu-central-1.amazonaws.com.',
    });
    return undefined;
  }
  const own = isPublic ? env.AWS_ENDPOINT_URL_ECR_PUBLIC : env.AWS_ENDPOINT_URL_ECR;
  const endpoint = [own, env.AWS_ENDPOINT_URL].find((url) => url !== undefined && url !== '');
  return { kind: 'ecr', isPublic, region, endpoint, key: awsKey(given, path, env, reading) };
}

/** Of drayage.yml, all or nothing; else of the environment. A part of one with a part of the other fits never. */
function awsKey(given: ParsedRegistry, path: Path, env: Env, reading: Reading) {
  const { username, password, 'session-token': session } = given;
  if (username !== undefined && password !== undefined) {
    return {
      id: username,
      secret: reading.secret([...path, 'password'], password),
      session: session === undefined ? undefined : reading.secret([...path, 'session-token'], session),
    };
  }
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: key = '', AWS_SESSION_TOKEN: token = '' } = env;
  if (id === '' || key === '') return undefined;
  reading.masks.push(key, token);
  return { id, secret: secret(key), session: token === '' ? undefined : secret(token) };
}
