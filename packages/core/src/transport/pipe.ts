import { Duplex } from 'node:stream';
import type { Session } from './session.ts';

/**
 * Standard input and output of a program as one stream. It fails with the last line of the error output when the program
 * does, and with what `lost` returns when the connection broke.
 */
export async function pipeProgram(session: Session, script: string, lost: () => Error): Promise<Duplex> {
  const channel = await session.channel().catch((error: unknown) => {
    throw session.link.lost === undefined ? error : lost();
  });
  const stream = new Duplex({
    read() {
      channel.stdout.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      if (channel.stdin.write(chunk)) done();
      else channel.stdin.once('drain', () => done());
    },
    final(done) {
      channel.stdin.end();
      done();
    },
    destroy(error, done) {
      channel.abandon();
      // ssh2 tells the end of a channel to those only who have read all of it, and its seat is taken until then.
      channel.stdout.resume();
      done(error);
    },
  });
  let errors = '';
  const program = session.program(channel, script, true, {
    stdout: (chunk) => {
      if (!stream.destroyed && !stream.push(chunk)) channel.stdout.pause();
    },
    stderr: (chunk) => {
      errors = `${errors}${chunk.toString()}`.slice(-4096);
    },
  });
  program.ended.then((status) => {
    if (stream.destroyed) return;
    if (status === 0) stream.push(null);
    else if (status === undefined && session.link.lost !== undefined) stream.destroy(lost());
    else stream.destroy(new Error(errors.trim().split('\n').at(-1) || `ended with status ${status ?? 'unknown'}`));
  }, stream.destroy.bind(stream));
  return stream;
}
