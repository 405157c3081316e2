/** How a script begins a line of its output that is for us, not for people: `@drayage image sha256:… linux/amd64`. */
export const mark = '@drayage';

/**
 * Splits a script's output, in any chunking, into text and marked lines.
 *
 * @param onWords Called with the words of each marked line, without the mark.
 * @param onText Called with everything else, as soon as it cannot be the beginning of a mark.
 */
export function markedLines(onWords: (words: readonly string[]) => void, onText: (text: string) => void) {
  const start = `${mark} `;
  let pending = '';
  let inLine = false;
  const push = (chunk: string) => {
    pending += chunk;
    let text = '';
    while (pending !== '') {
      const end = pending.indexOf('\n');
      const line = end === -1 ? pending : pending.slice(0, end + 1);
      const mayBeMarked = !inLine && (line.startsWith(start) || start.startsWith(line));
      if (end === -1 && mayBeMarked) break;
      if (mayBeMarked && line.startsWith(start)) onWords(line.slice(start.length).trim().split(' '));
      else text += line;
      // What follows within a line whose beginning was passed on is text as well.
      inLine = end === -1;
      pending = pending.slice(line.length);
    }
    if (text !== '') onText(text);
  };
  const finish = () => {
    if (pending !== '') onText(pending);
    pending = '';
  };
  return { push, finish };
}
