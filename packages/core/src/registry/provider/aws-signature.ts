import type { Secret } from '../../config/model.ts';

/** Credentials of AWS; with a session token they are temporary. */
export interface AwsKey {
  readonly id: string;
  readonly secret: Secret;
  readonly session?: Secret;
}

/** What the signature is for, and when: "20150830T123600Z"; now where undefined. */
export interface Scope {
  readonly service: string;
  readonly region: string;
  readonly at?: string;
}

/** The headers of a POST with AWS Signature Version 4 (AWS General Reference, "Signing AWS API requests"). */
export async function signedHeaders(
  request: { readonly url: URL; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  key: AwsKey,
  { service, region, at }: Scope,
): Promise<Record<string, string>> {
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    method: 'POST',
    url: request.url.href,
    headers: { ...request.headers },
    body: request.body,
    accessKeyId: key.id,
    secretAccessKey: key.secret.reveal(),
    sessionToken: key.session?.reveal(),
    service,
    region,
    datetime: at,
  });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers);
}
