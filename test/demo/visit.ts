import { type RequestOptions, request } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** One answer of a site, and the certificate it came with. */
export interface Visit {
  readonly status: number;
  readonly body: string;
  readonly issuer: string;
  readonly validTo: string;
}

/** Asks `https://<domain><path>` at an address, as a browser would that trusts only `ca`. Throws when TLS does not hold. */
export function visit(domain: string, address: string, ca: string, path = '/'): Promise<Visit> {
  const options: RequestOptions = {
    ...{ host: address, port: 443, path, servername: domain, ca, agent: false, timeout: 10_000 },
    headers: { host: domain, connection: 'close' },
  };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      const certificate = (response.socket as TLSSocket).getPeerCertificate();
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          issuer: String(certificate.issuer.CN),
          validTo: certificate.valid_to,
        }),
      );
    });
    call.once('timeout', () => call.destroy(new Error(`${domain} did not answer within 10 s.`)));
    call.once('error', reject);
    call.end();
  });
}
