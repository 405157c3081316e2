/** What a Dockerfile tells about the service it makes. */
export interface DockerfileFacts {
  /** Ports its last stage exposes over TCP, in their order. */
  readonly ports: readonly number[];
  /** Paths that it copies out of the build context. */
  readonly copied: readonly string[];
}

/** Reads EXPOSE and COPY. A port that is a variable is looked up among the defaults of ARG and ENV. */
export function readDockerfile(text: string): DockerfileFacts {
  const variables = new Map<string, string>();
  const copied: string[] = [];
  let ports: number[] = [];
  for (const { word, rest } of instructions(text)) {
    if (word === 'FROM') ports = [];
    else if (word === 'ARG' || word === 'ENV') for (const [name, value] of pairsOf(rest)) variables.set(name, value);
    else if (word === 'EXPOSE') ports.push(...portsOf(rest, variables));
    else if ((word === 'COPY' || word === 'ADD') && !/(?:^|\s)--from=/.test(rest)) copied.push(...sourcesOf(rest));
  }
  return { ports: [...new Set(ports)], copied };
}

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

function instructions(text: string): Instruction[] {
  const whole = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\[ \t]*\n/g, ' ');
  return whole.split('\n').flatMap((line) => {
    const [, word, rest] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word: word.toUpperCase(), rest }];
  });
}

/** `A=1 B="2"`, and the old `A 1`. */
function pairsOf(rest: string): [name: string, value: string][] {
  const pairs = [...rest.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)];
  if (pairs.length > 0) return pairs.map(([, name = '', value = '']) => [name, value.replace(/^["']|["']$/g, '')]);
  const [, name, value] = /^([A-Za-z_]\w*)\s+(.+)$/.exec(rest) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
}

function portsOf(rest: string, variables: ReadonlyMap<string, string>): number[] {
  return rest.split(/\s+/).flatMap((word) => {
    const replaced = word.replace(
      /\$\{?([A-Za-z_]\w*)(?::-([^}]*))?\}?/g,
      (_whole, name: string, otherwise?: string) => {
        return variables.get(name) ?? otherwise ?? '';
      },
    );
    const [, port] = /^(\d{1,5})(?:\/tcp)?$/i.exec(replaced) ?? [];
    return port === undefined || Number(port) < 1 || Number(port) > 65_535 ? [] : [Number(port)];
  });
}

/** All but the last word, which is where they go. */
function sourcesOf(rest: string): string[] {
  const words = rest.startsWith('[')
    ? [...rest.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word)
    : rest.split(/\s+/).filter((word) => !word.startsWith('--'));
  return words.slice(0, -1).map((word) => word.replace(/^\.?\//, ''));
}
