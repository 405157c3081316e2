import { randomBytes } from 'node:crypto';
import { quote } from './shell.ts';

/**
 * What follows is text in "wire" form: a string whose characters are bytes (latin1), so that values that are not UTF-8
 * pass unchanged through quoting.
 */
export function toWire(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('latin1');
}

export function fromWire(wire: string): Buffer {
  return Buffer.from(wire, 'latin1');
}

export function newMarker(): string {
  return `--drayage-${randomBytes(12).toString('hex')}--`;
}

/**
 * The command line of every channel. It means the same in sh, bash, zsh, fish and csh, and holds nothing of ours; what is
 * to be done follows on standard input. `read` of a POSIX shell takes no byte beyond the line, so the rest stays readable.
 */
export const bootCommand = `exec sh -c 'IFS= read -r a; eval "$a"'`;

/** One line that reads a script up to a line `marker` and evaluates it, with the remaining input as the script's own. */
function readScript(marker: string): string {
  return `t=; n=$(printf '\\nx'); n=\${n%x}; while IFS= read -r l; do case $l in ${marker}) break;; esac; t=$t$l$n; done; eval "$t"`;
}

/** Input for `bootCommand` that runs `script` (wire form), as root by sudo where asked. */
export function bootInput(script: string, asRoot: boolean): string {
  const marker = newMarker();
  const read = readScript(marker);
  return `${asRoot ? `exec sudo -n sh -c ${quote(read)}` : read}\n${script}\n${marker}\n`;
}

/** Prints marker and process group on both streams: what came before was not ours, such as the greeting of a login file. */
export function announce(marker: string): string {
  return `read -r _p _c _s _q _g _r < /proc/self/stat; printf '%s %s\\n' ${marker} "$_g"; printf '%s\\n' ${marker} >&2\n`;
}
