import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { issueCertificate } from './certificates.ts';
import { LabError } from './command.ts';
import { diskFolder } from './machine.ts';
import { portAnswers } from './port.ts';
import { startService } from './service.ts';

/** A certificate authority that speaks ACME, with a DNS server of its own in which tests set addresses. */
export interface Acme {
  /** Address of the ACME directory. */
  directory: string;
  /** PEM of the root behind the certificates it issues; a new one at every start. */
  rootCertificate: string;
  /** PEM of the authority behind the directory's own HTTPS certificate. */
  caCertificate: string;
  caPath: string;
  rootPath: string;
  /** `address:port` of its DNS server, over UDP and TCP. */
  dnsServer: string;
  /** Makes the authority look for `domain` at `address`. */
  setAddress(domain: string, address: string): Promise<void>;
  /** Makes the authority find no address for `domain`. */
  clearAddress(domain: string): Promise<void>;
}

const port = { directory: 14000, management: 15000, dns: 8053, dnsManagement: 8055 };

/** Starts Pebble and its DNS helper; challenges are asked on ports 80 and 443, as in the real world. */
export async function startAcme(plan: { lab: string; tools: string; address: string }): Promise<Acme> {
  const { lab, address } = plan;
  const folder = join(diskFolder, lab, 'acme');
  mkdirSync(folder, { recursive: true });
  const certificate = await issueCertificate(folder, 'acme', address);
  const at = (number: number): string => `${address}:${number}`;
  const pebble = {
    listenAddress: at(port.directory),
    managementListenAddress: at(port.management),
    certificate: certificate.certPath,
    privateKey: certificate.keyPath,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
  const file = join(folder, 'pebble.json');
  writeFileSync(file, JSON.stringify({ pebble }, null, 2));
  await startService({
    lab,
    name: 'acme-dns',
    argv: [
      join(plan.tools, 'pebble-challtestsrv'),
      ...['-dns01', at(port.dns), '-management', at(port.dnsManagement), '-defaultIPv4', '', '-defaultIPv6', ''],
      ...['-http01', '', '-https01', '', '-tlsalpn01', ''],
    ],
    ready: () => portAnswers(address, port.dnsManagement),
  });
  await startService({
    lab,
    name: 'acme',
    argv: [join(plan.tools, 'pebble'), '-config', file, '-dnsserver', at(port.dns)],
    // Without these it waits up to 15 s before each validation and rejects some nonces on purpose.
    env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' },
    ready: () => portAnswers(address, port.directory),
  });
  const caCertificate = readFileSync(certificate.caPath, 'utf8');
  const rootCertificate = await download(`https://${at(port.management)}/roots/0`, caCertificate);
  const rootPath = join(folder, 'root.pem');
  writeFileSync(rootPath, rootCertificate);
  const tell = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`http://${at(port.dnsManagement)}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new LabError(`The lab's DNS server answered ${answer.status} to ${path}.`);
  };
  return {
    directory: `https://${at(port.directory)}/dir`,
    rootCertificate,
    caCertificate,
    caPath: certificate.caPath,
    rootPath,
    dnsServer: at(port.dns),
    setAddress: async (domain, target) => {
      await tell('clear-a', { host: `${domain}.` });
      await tell('add-a', { host: `${domain}.`, addresses: [target] });
    },
    clearAddress: (domain) => tell('clear-a', { host: `${domain}.` }),
  };
}

function download(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}
