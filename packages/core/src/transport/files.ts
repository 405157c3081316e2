import { randomBytes } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { DrayageError } from '../errors/drayage-error.ts';
import { toWire } from './boot.ts';
import type { LinkedServer } from './linked-server.ts';
import { quote } from './shell.ts';

/** Content up to this many bytes travels inside the script and so costs one round trip; more is streamed. */
const inlineLimit = 256 * 1024;
const sliceSize = 256 * 1024;

/**
 * Writes a file so that nobody ever sees a part of it, or the whole of it with wider rights than `mode`: it gets a
 * temporary name in the same folder, its mode, its content, and its name at the end. Throws REMOTE_FILE_FAILED.
 */
export async function uploadFile(
  server: LinkedServer,
  path: string,
  content: string | Uint8Array | Readable,
  mode: number,
): Promise<void> {
  const temporary = `.drayage-${randomBytes(6).toString('hex')}`;
  const head = `set -e
f=${toWire(quote(path))}; d=$(dirname -- "$f"); t=$d/${temporary}
`;
  const make = `${head}[ -d "$d" ] || (umask 077; mkdir -p -- "$d")
umask 077; trap 'rm -f -- "$t"' EXIT; trap 'exit 143' TERM; : >"$t"; chmod ${mode.toString(8)} "$t"
`;
  const name = `mv -f -- "$t" "$f"; trap - EXIT`;
  const write = async (script: string, stdin?: Readable): Promise<void> => {
    const result = await server.raw(script, { stdin }, `Writing ${path}`);
    if (result.exitCode !== 0) throw failed(server, `${path} could not be written`, result.stderr);
  };
  const bytes = content instanceof Readable ? undefined : bytesOf(content);
  if (bytes !== undefined && bytes.length <= inlineLimit && !bytes.includes(0)) {
    await write(`${make}printf %s ${quote(toWire(bytes))} >"$t"; ${name}`);
    return;
  }
  const source = content instanceof Readable ? content : Readable.from(slices(bytesOf(content)));
  const counted = counting(source);
  await write(`${make}cat >"$t"; trap - EXIT`, counted.stream);
  // A stream that broke off looks complete to the server; only the sender knows its length.
  await write(`${head}trap 'rm -f -- "$t"' EXIT
[ "$(wc -c <"$t")" -eq ${counted.bytes()} ] || { echo 'it arrived incomplete' >&2; exit 1; }
${name}`);
}

function bytesOf(content: string | Uint8Array): Buffer {
  return typeof content === 'string'
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += sliceSize) yield bytes.subarray(at, at + sliceSize);
}

function counting(source: Readable): { stream: Readable; bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  source.once('error', (error) => stream.destroy(error));
  source.pipe(stream);
  return { stream, bytes: () => bytes };
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
