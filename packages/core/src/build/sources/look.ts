import { randomBytes } from 'node:crypto';
import { cliLines } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { markedLines } from '../../report/marked-lines.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import type { SourceOnServer } from './source.ts';

/** Bytes. What steers a build is small; anything larger is not read. */
const largest = 1 << 20;

/**
 * Brings a source to its place on the server and reads files of it; undefined for each that is not there. The build's job finds the source already
 * there. Throws what the source makes of a failure, or SOURCE_INVALID.
 *
 * @param files Paths on the server; relative ones are in the job's folder.
 */
export async function lookIntoSource(
  server: Server,
  source: SourceOnServer,
  files: readonly string[],
  phase: Phase,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<(string | undefined)[]> {
  const found = new Map<number, string>();
  let log = '';
  const lines = markedLines(
    (words) => {
      const [word, index = '', content = ''] = words;
      if (word === 'file') found.set(Number(index), Buffer.from(content, 'base64').toString('utf8'));
      else log += `@drayage ${words.join(' ')}\n`;
    },
    (text) => {
      log += text;
      phase.output(text);
    },
  );
  const reads = files.map((file, index) => {
    const path = quote(file);
    return `[ -f ${path} ] && echo "@drayage file ${index} $(head -c ${largest} ${path} | base64 | tr -d '\\n')"`;
  });
  const { exitCode } = await server.job({
    id: `look-${randomBytes(6).toString('hex')}`,
    files: source.files,
    script: `${cliLines(server.account)}\n${source.script}\n${reads.join('\n')}\n:`,
    onOutput: lines.push,
    signal,
    timeout,
  });
  lines.finish();
  if (exitCode === 0) return files.map((_, index) => found.get(index));
  const what = `The source cannot be read on ${server.name}: ${log.trim().split('\n').at(-1) ?? ''}.`;
  throw source.diagnose(log, exitCode, true) ?? new DrayageError('SOURCE_INVALID', what, { output: log });
}
