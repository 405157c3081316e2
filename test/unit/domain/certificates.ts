import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for these names that signed itself, valid for 30 days, and its key, as PEM. */
export function makePair(names: readonly string[]): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'drayage-pair-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const about = ['-days', '30', '-subj', `/CN=${names[0]}`, '-addext', alternatives];
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...about], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
