import { formatImage, parseImage } from '../../config/image-reference.ts';
import { secret } from '../../config/secret.ts';
import { serverFromAddress } from '../../config/without-file.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { NamedInput } from './declaration.ts';

type Values = Readonly<Record<string, unknown>>;
interface Shape {
  [key: string]: unknown;
}

/** Whether an input says something about a service, so that its name must be known first. */
export function concernsService({ sets }: NamedInput): boolean {
  return sets?.startsWith('services.*.') === true;
}

/** The inputs that replace keys of drayage.yml, in its shape. Servers given by address are declared and named. */
export function overridesOf(inputs: readonly NamedInput[], values: Values, service: string | undefined): Shape {
  const overrides: Shape = {};
  for (const input of inputs) {
    const value = values[input.name];
    if (value === undefined || value === '') continue;
    const given = input.name === 'server' || input.name === 'servers' ? declareServers(value, overrides) : value;
    if (input.sets === undefined || (concernsService(input) && service === undefined)) continue;
    const stands: Record<string, () => string> = {
      '*': () => service ?? '',
      '@': () => registryOf(input.name, values),
    };
    const path = input.sets.split('.').map((step) => stands[step]?.() ?? step);
    put(overrides, path, shaped(input, given));
  }
  return overrides;
}

/** The name by which a server given as an input is known in the project. */
export function serverName(text: string): string {
  return serverFromAddress(text)?.name ?? text;
}

function declareServers(value: unknown, overrides: Shape): string | string[] {
  const name = (text: string) => {
    const given = serverFromAddress(text);
    if (given === undefined) return text;
    put(overrides, ['servers', given.name], { ...given.server });
    return given.name;
  };
  return Array.isArray(value) ? value.map((item) => name(String(item))) : name(String(value));
}

/** The registry that credentials are for: named, or that of the image. */
function registryOf(input: string, values: Values): string {
  const named = values.registry ?? (typeof values.image === 'string' ? parseImage(values.image)?.registry : undefined);
  if (typeof named === 'string') return named;
  throw invalid(`The input "${input}" needs "registry" beside it, the host of the registry it is for.`);
}

/** Sets a value at a path; `0` is the only item of a list. */
function put(target: Shape, [step, ...rest]: readonly string[], value: unknown): void {
  if (step === undefined) return;
  if (rest.length === 0) {
    target[step] = value;
    return;
  }
  const below = target[step];
  if (rest[0] === '0') {
    const item: Shape = Array.isArray(below) ? { ...below[0] } : {};
    put(item, rest.slice(1), value);
    target[step] = [item];
    return;
  }
  const next: Shape = typeof below === 'object' && below !== null && !Array.isArray(below) ? { ...below } : {};
  put(next, rest, value);
  target[step] = next;
}

function shaped(input: NamedInput, value: unknown): unknown {
  if (input.kind === 'secret') return secret(String(value));
  if (input.kind === 'duration') return `${String(value)}ms`;
  if (input.shape === 'pairs') return pairs(input.name, linesOf(value));
  if (input.shape === 'ports') return linesOf(value).map((line) => port(input.name, line));
  if (input.shape === 'one-item') return [value];
  if (input.shape === 'repository') return withoutTag(String(value));
  return value;
}

/** The output `image` of an earlier step carries a tag; the repository is what drayage.yml has. */
function withoutTag(text: string): string {
  const image = parseImage(text);
  return image === undefined ? text : formatImage({ registry: image.registry, repository: image.repository });
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function pairs(name: string, lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line, index) => {
      const equals = line.indexOf('=');
      // The line is not repeated: it may hold a secret.
      if (equals < 1) throw invalid(`Line ${index + 1} of the input "${name}" has no NAME= at its beginning.`);
      return [line.slice(0, equals).trim(), line.slice(equals + 1)];
    }),
  );
}

function port(name: string, line: string): Record<string, unknown> {
  const match = /^(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(line.trim());
  if (match === null)
    throw invalid(`"${line}" in the input "${name}" is no port; expected PUBLISHED:TARGET such as 8080:3000.`);
  const [, published, target, protocol = 'tcp'] = match;
  return { published: Number(published), target: Number(target), protocol, mode: 'host' };
}

function invalid(message: string): DrayageError {
  return new DrayageError('INPUT_INVALID', message);
}
