import type { RegistryProvider, RegistrySpec } from '../../config/model.ts';
import { secret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { ask, numberIn, type ProviderAnswer, textIn } from './ask.ts';
import { type AwsKey, signedHeaders } from './aws-signature.ts';
import type { Login } from './login.ts';

type Ecr = Extract<RegistryProvider, { kind: 'ecr' }>;

/** Targets, and names in the signature, of the two APIs (aws/aws-sdk-js-v3, codegen/sdk-codegen/aws-models). */
const privateApi = { target: 'AmazonEC2ContainerRegistry_V20150921', service: 'ecr' };
const publicApi = { target: 'SpencerFrontendService', service: 'ecr-public' };

/**
 * Twelve hours of access to an Elastic Container Registry by GetAuthorizationToken. Throws REGISTRY_AUTH, REGISTRY_DENIED,
 * REGISTRY_RATE_LIMITED, REGISTRY_UNREACHABLE.
 */
export async function ecrLogin(registry: RegistrySpec, provider: Ecr, signal?: AbortSignal): Promise<Login> {
  const { key } = provider;
  if (key === undefined) {
    const what = `Registry ${registry.host} needs AWS credentials for a password, and none are given.`;
    const env = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN';
    throw new DrayageError('REGISTRY_AUTH', what, {
      hint: `Put ${env} into the environment of the job (aws-actions/configure-aws-credentials does), or key id and secret as username and password under registries."${registry.host}".`,
    });
  }
  const { target, service } = provider.isPublic ? publicApi : privateApi;
  const url = new URL(provider.endpoint ?? endpointOf(registry.host, provider));
  const body = '{}';
  const plain = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.GetAuthorizationToken` };
  const headers = await signedHeaders({ url, headers: plain, body }, key, { service, region: provider.region });
  const answer = await ask({ url, headers: { ...plain, ...headers }, body, signal });
  if (answer.status !== 200) throw refusal(registry, provider, key, url, answer);
  const path = provider.isPublic ? ['authorizationData'] : ['authorizationData', 0];
  const token = Buffer.from(textIn(answer.body, ...path, 'authorizationToken') ?? '', 'base64').toString();
  const colon = token.indexOf(':');
  if (colon < 1) {
    const what = `${url.host} answered without a password for registry ${registry.host}.`;
    throw new DrayageError('REGISTRY_UNREACHABLE', what);
  }
  const expires = numberIn(answer.body, ...path, 'expiresAt');
  return {
    username: token.slice(0, colon),
    password: secret(token.slice(colon + 1)),
    expires: expires === undefined ? Date.now() + 12 * 3_600_000 : expires * 1000,
  };
}

/** As the region's registries are called (AWS General Reference, "Amazon ECR endpoints and quotas"). */
function endpointOf(host: string, { isPublic, region }: Ecr): string {
  if (isPublic) return 'https://api.ecr-public.us-east-1.amazonaws.com';
  const [, fips, domain = 'amazonaws.com'] = /\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(.+)$/.exec(host) ?? [];
  if (domain === 'on.aws') return `https://ecr${fips ?? ''}.${region}.api.aws`;
  if (domain.startsWith('on.')) return `https://ecr.${region}.api.amazonwebservices.com.cn`;
  return fips === undefined ? `https://api.ecr.${region}.${domain}` : `https://ecr-fips.${region}.${domain}`;
}

/** What AWS said, by the names of its errors (IAM User Guide, "Troubleshooting"; API references of ECR and STS). */
function refusal(registry: RegistrySpec, { region }: Ecr, key: AwsKey, url: URL, answer: ProviderAnswer): DrayageError {
  const { body } = answer;
  // What stands before a service, such as the check of the signature, may answer in XML.
  const inXml = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1];
  const type = (textIn(body, '__type') ?? inXml('Code') ?? `HTTP ${answer.status}`).replace(/^.*#/, '');
  const said = textIn(body, 'message') ?? textIn(body, 'Message') ?? inXml('Message') ?? '';
  const detail = said === '' ? type : `${type}: ${said.replace(/\s+/g, ' ').slice(0, 200)}`;
  const about = `${url.host} gives key ${key.id} no password for registry ${registry.host} (${detail.replace(/\.$/, '')})`;
  const error = (code: 'REGISTRY_AUTH' | 'REGISTRY_DENIED' | 'REGISTRY_UNREACHABLE', what: string, hint?: string) =>
    new DrayageError(code, `${what}.`, { hint });
  switch (true) {
    case /ExpiredToken|token .*expired/i.test(detail):
      return error(
        'REGISTRY_AUTH',
        `${about}: the AWS credentials have expired`,
        'Get new ones in this job, shortly before this step.',
      );
    case /Signature expired|not yet current|RequestExpired|RequestTimeTooSkewed/i.test(detail):
      return error(
        'REGISTRY_AUTH',
        `${about}: the clock of this machine is wrong`,
        'Set the clock of the machine that runs Drayage.',
      );
    case /scoped to a valid region/i.test(detail):
      return error(
        'REGISTRY_AUTH',
        `${about}: ${region} is the wrong region`,
        'The region is read from the name of the registry; where that has none, from AWS_REGION.',
      );
    case /AccessDenied|not authorized/i.test(detail):
      return error(
        'REGISTRY_DENIED',
        about,
        `Allow it ${url.host.includes('public') ? 'ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken' : 'ecr:GetAuthorizationToken'} on resource "*".`,
      );
    case /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken/i.test(
      detail,
    ):
      return error(
        'REGISTRY_AUTH',
        about,
        key.session === undefined && key.id.startsWith('ASIA')
          ? 'A key that begins with ASIA is temporary: it needs its session token too (AWS_SESSION_TOKEN, or session-token).'
          : `Check the key, its secret, and that its account may use region ${region}.`,
      );
    default:
      return error('REGISTRY_UNREACHABLE', about);
  }
}
