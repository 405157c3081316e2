import { asAddress } from '../config/server-address.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { NamedInput } from './input/declaration.ts';

/** Where there is no drayage.yml: what is wrong with the servers that were given, none of which is an address. */
export interface NoFile {
  readonly file: string;
  /** Name of the folder it was looked for in. */
  readonly folder: string;
  readonly inputs: readonly Pick<NamedInput, 'name'>[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Without a file the inputs must at least say where to work. */
export function withoutServer({ file, folder, inputs, values }: NoFile): readonly DrayageError[] {
  const given = [values.server, values.servers].flat().filter((name) => typeof name === 'string');
  if (given.length > 0) return given.map((name) => notAnAddress(name, file, folder));
  const input = inputs.find(({ name }) => name === 'servers' || name === 'server')?.name;
  const or = input === undefined ? '' : `, or give "${input}" as ssh://user@host`;
  const message = `There is no ${file} in ${folder}/, and the inputs name no server.`;
  const hint = `\`drayage init\` writes one. Where there is one already, check out the repository first, name the file with "config"${or}.`;
  return [new DrayageError('INPUT_INVALID', message, { hint })];
}

/** Names are those of drayage.yml, so without one only an address says which server is meant. */
function notAnAddress(name: string, file: string, folder: string): DrayageError {
  const address = asAddress(name);
  const message = `There is no ${file} in ${folder}/ that could name the server "${name}"; expected ssh://user@host[:port], or local.`;
  const hint =
    address === undefined
      ? `\`drayage init\` writes a ${file}.`
      : `Write ${address}, or let \`drayage init\` write a ${file} that names it.`;
  return new DrayageError('INPUT_INVALID', message, { hint });
}
