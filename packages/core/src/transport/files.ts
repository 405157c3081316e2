import { Readable } from 'node:stream';
import { DrayageError } from '../errors/drayage-error.ts';
import { toWire } from './boot.ts';
import type { LinkedServer } from './linked-server.ts';
import { quote } from './shell.ts';

/** Content up to this many bytes travels inside the script and so costs one round trip; more is streamed. */
const inlineLimit = 256 * 1024;

/** Writes a file so that nobody ever sees a part of it, or the whole of it with wider rights than `mode`. Throws REMOTE_FILE_FAILED. */
export async function uploadFile(
  server: LinkedServer,
  path: string,
  content: string | Uint8Array | Readable,
  mode: number,
): Promise<void> {
  const bytes = content instanceof Readable ? undefined : toWire(content);
  const inline = bytes !== undefined && bytes.length <= inlineLimit && !bytes.includes('\0');
  const source = inline ? `printf %s ${quote(bytes)}` : 'cat';
  const at = quote(path);
  const script = `set -e
f=${toWire(at)}; d=$(dirname -- "$f"); [ -d "$d" ] || (umask 077; mkdir -p -- "$d")
umask 077; t=$(mktemp -- "$d/.drayage-XXXXXX"); trap 'rm -f -- "$t"' EXIT
chmod ${mode.toString(8)} "$t"; ${source} > "$t"; mv -f -- "$t" "$f"; trap - EXIT`;
  const stdin = inline ? undefined : content;
  const result = await server.raw(script, { stdin }, `Writing ${path}`);
  if (result.exitCode !== 0) throw failed(server, `${path} could not be written`, result.stderr);
}

/** The content of a file, byte for byte; undefined where there is none. Throws REMOTE_FILE_FAILED. */
export async function readFile(server: LinkedServer, path: string): Promise<Buffer | undefined> {
  const at = toWire(quote(path));
  const result = await server.raw(`[ -e ${at} ] || exit 66; exec cat -- ${at}`, {}, `Reading ${path}`);
  if (result.exitCode === 66) return undefined;
  if (result.exitCode !== 0) throw failed(server, `${path} could not be read`, result.stderr);
  return result.stdout;
}

function failed(server: LinkedServer, what: string, stderr: Buffer): DrayageError {
  const reason = stderr.toString().trim().split('\n').at(-1) ?? '';
  return new DrayageError('REMOTE_FILE_FAILED', `${what} on ${server.name}: ${reason || 'no reason given'}`, {
    hint: `Check the folder and the free space: ssh ${server.address.replace(/:(\d+)$/, ' -p $1')} df -h`,
  });
}
