import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { engineSocket, type RunOptions, type Server } from '../transport/server.ts';
import { type BatchRequest, batchScript, batchText, responseAt } from './api-batch.ts';

/** What the engine said, for `parseBatch`, and what was said in its place where it did not answer. */
export interface EngineAnswers {
  readonly text: string;
  readonly errors: string;
}

/** Whole responses to requests that say `earlier`, by path. */
const remembered = new WeakMap<Server, Map<string, string>>();

/** Connections to engines that wait for the next questions. */
const idle = new WeakMap<Server, Duplex[]>();

/**
 * Sends GET requests to the engine of a server, all at once, and collects the answers in their order; where `earlier` is
 * set, a good answer is remembered, and where it is true, one that is remembered is not asked for again.
 * Throws what `server.script` throws.
 */
export async function askEngine(
  server: Server,
  requests: readonly BatchRequest[],
  options: Pick<RunOptions, 'purpose' | 'signal'>,
): Promise<EngineAnswers> {
  const known = remembered.get(server) ?? new Map<string, string>();
  remembered.set(server, known);
  const asked = requests.filter(({ path, earlier }) => earlier !== true || !known.has(path));
  const answers = asked.length === 0 ? { text: '', errors: '' } : await ask(server, asked, options);
  const bytes = Buffer.from(answers.text, 'utf8');
  let text = '';
  let at = 0;
  for (const request of requests) {
    const found = asked.includes(request) ? responseAt(bytes, at) : undefined;
    const response = found === undefined ? undefined : bytes.subarray(at, found.end).toString('utf8');
    if (response === undefined && asked.includes(request)) break;
    if (found?.status === 200 && response !== undefined && request.earlier !== undefined)
      known.set(request.path, response);
    text += response ?? known.get(request.path) ?? '';
    at = found?.end ?? at;
  }
  return { text, errors: answers.errors };
}

/**
 * Straight over the engine's socket, through the connection that stands: that starts no process on the server. Where the account may not
 * use the socket, or sshd does not forward to it, through `docker system dial-stdio`.
 */
async function ask(
  server: Server,
  requests: readonly BatchRequest[],
  options: Pick<RunOptions, 'purpose' | 'signal'>,
): Promise<EngineAnswers> {
  const { privilege, dockerSocket } = server.account;
  if (privilege === 'root' || privilege === 'docker-group') {
    const text = await askDirectly(server, dockerSocket ?? engineSocket, requests, options.signal);
    if (text !== undefined) return { text, errors: '' };
  }
  const script = batchScript(requests);
  const { stdout, stderr } = await server.script(script, { ...options, repeatable: true, accept: 'any' });
  return { text: stdout, errors: stderr };
}

/** undefined where that way is not open, or the connection ended before all answers were there: the other way finds out why. */
async function askDirectly(
  server: Server,
  socket: string,
  requests: readonly BatchRequest[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const pool = idle.get(server) ?? [];
  idle.set(server, pool);
  const stream = pool.pop() ?? (await dial(server, socket, pool));
  // Of one that is over already, nothing would be heard any more.
  if (stream === undefined || stream.destroyed || stream.readableEnded) return undefined;
  const answers = signal?.aborted ? undefined : await collect(stream, requests, signal);
  // A socket of this machine would keep the process alive.
  if (answers === undefined || stream instanceof Socket) stream.destroy();
  else pool.push(stream);
  return answers;
}

async function dial(server: Server, socket: string, pool: Duplex[]): Promise<Duplex | undefined> {
  const stream = await server.dialUnix(socket).catch(() => undefined);
  // One that the engine has ended must not be used again; while nobody waits for an answer, an error is nobody's.
  const forget = () => {
    if (stream !== undefined && pool.includes(stream)) pool.splice(pool.indexOf(stream), 1);
    stream?.destroy();
  };
  return stream?.once('end', forget).once('close', forget).on('error', forget);
}

function collect(
  stream: Duplex,
  requests: readonly BatchRequest[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let missing = requests.length;
    let at = 0;
    const finish = (answers: string | undefined) => {
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      signal?.removeEventListener('abort', onEnd);
      resolve(answers);
    };
    const onEnd = () => finish(undefined);
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let next = responseAt(received, at); missing > 0 && next !== undefined; next = responseAt(received, at)) {
        at = next.end;
        missing -= 1;
      }
      if (missing === 0) finish(received.subarray(0, at).toString('utf8'));
    };
    stream.on('data', onData).once('end', onEnd).once('close', onEnd).once('error', onEnd);
    signal?.addEventListener('abort', onEnd, { once: true });
    stream.write(batchText(requests, { closing: false }));
  });
}
