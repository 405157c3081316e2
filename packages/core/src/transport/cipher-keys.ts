import { createSecretKey, KeyObject } from 'node:crypto';
import type { Client } from 'ssh2';

/**
 * ssh2 makes a new cipher for each packet of AES-GCM, from the bytes of the key. Newer versions of Node take twice as long for
 * that as for a key that has been prepared once, which is a tenth of what a large transfer costs. None of this is ssh2's
 * public interface: where it is not built as expected, nothing is changed.
 */
export function prepareKeys(client: Client): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  if (typeof protocol !== 'object' || protocol === null) return;
  prepare(Reflect.get(protocol, '_cipher'), '_encKey', '_encSSLName');
  prepare(Reflect.get(protocol, '_decipher'), '_decipherKey', '_decipherSSLName');
}

function prepare(cipher: unknown, key: string, algorithm: string): void {
  if (typeof cipher !== 'object' || cipher === null) return;
  const bytes: unknown = Reflect.get(cipher, key);
  const isGcm = /gcm$/.test(String(Reflect.get(cipher, algorithm)));
  if (isGcm && Buffer.isBuffer(bytes) && !(bytes instanceof KeyObject))
    Reflect.set(cipher, key, createSecretKey(bytes));
}
