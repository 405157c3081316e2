import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

export interface Certificate {
  certPath: string;
  keyPath: string;
  /** The authority that signed it, for clients. */
  caPath: string;
}

/** Issues a certificate for an address and names, signed by the folder's own authority, which is made on first use. */
export async function issueCertificate(folder: string, name: string, address: string): Promise<Certificate> {
  const caPath = join(folder, 'lab-ca.pem');
  const caKeyPath = join(folder, 'lab-ca.key');
  const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  if (!existsSync(caPath)) {
    const subject = ['-subj', '/CN=Drayage lab authority'];
    await run(['openssl', 'req', '-x509', ...elliptic, ...subject, '-keyout', caKeyPath, '-out', caPath]);
  }
  const certPath = join(folder, `${name}.pem`);
  const keyPath = join(folder, `${name}.key`);
  const extensions = ['-addext', `subjectAltName=IP:${address},IP:127.0.0.1,DNS:localhost,DNS:${name}`];
  const usage = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  const signer = ['-CA', caPath, '-CAkey', caKeyPath];
  const subject = ['-subj', `/CN=${name}`];
  await run([
    ...['openssl', 'req', '-x509', ...elliptic, ...subject, ...extensions, ...usage, ...signer],
    ...['-keyout', keyPath, '-out', certPath],
  ]);
  writeFileSync(certPath, readFileSync(certPath, 'utf8') + readFileSync(caPath, 'utf8'));
  return { certPath, keyPath, caPath };
}
