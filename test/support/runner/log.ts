export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Characters that would end a command or a property stand there in hexadecimal. */
function plain(text: string): string {
  const escapes: Record<string, string> = { '%25': '%', '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',' };
  return text.replace(/%(?:25|0D|0A|3A|2C)/g, (found) => escapes[found] ?? found);
}

/** The log of a job: reads the commands among the lines of its steps, and hides what is masked as GitHub's runner does. */
export class Log {
  readonly annotations: Annotation[] = [];
  /** Lines as a reader sees them, commands shown as the runner shows them. */
  readonly lines: string[] = [];
  /** Everything that steps printed but masks, as it came: what is no secret here does not rely on the runner. */
  unmasked = '';
  /** Commands that newer runners ignore or refuse, because a log line could forge them. */
  readonly forbidden: string[] = [];
  readonly #masks = new Set<string>();
  #stopped: string | undefined;

  get text(): string {
    return this.lines.join('\n');
  }

  /** As the runner keeps a secret: whole, and line by line. */
  mask(value: string): void {
    for (const part of [value, ...value.split(/\r?\n/)]) if (part.trim() !== '') this.#masks.add(part);
  }

  hidden(text: string): string {
    const longestFirst = [...this.#masks].sort((one, other) => other.length - one.length);
    return longestFirst.reduce((result, mask) => result.replaceAll(mask, '***'), text);
  }

  holdsMask(text: string): boolean {
    return this.hidden(text) !== text;
  }

  /** A step begins: commands work again, whatever the step before did. */
  begin(title: string): void {
    this.#stopped = undefined;
    this.lines.push(this.hidden(`▶ ${title}`));
  }

  line(line: string): void {
    if (!line.startsWith('::add-mask::')) this.unmasked += `${line}\n`;
    // Blanks before a command do not disarm it, and neither does the form of older runners.
    const [, name = '', rest = '', message = ''] =
      /^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$/.exec(line) ?? /##\[([a-z-]+)(?: ([^\]]*))?\](.*)$/.exec(line) ?? [];
    if (this.#stopped !== undefined) {
      if (line.trim() === `::${this.#stopped}::`) this.#stopped = undefined;
      else this.lines.push(this.hidden(line));
      return;
    }
    switch (name) {
      case 'stop-commands':
        this.#stopped = message;
        return;
      case 'add-mask':
        this.mask(plain(message));
        return;
      case 'error':
      case 'warning':
      case 'notice':
        this.#annotate(name, rest, message);
        return;
      case 'group':
      case 'endgroup':
        this.lines.push(this.hidden(`##[${name}]${message}`));
        return;
      case 'set-output':
      case 'save-state':
      case 'set-env':
      case 'add-path':
        this.forbidden.push(line);
        return;
      default:
        this.lines.push(this.hidden(line));
    }
  }

  #annotate(kind: Annotation['kind'], rest: string, message: string): void {
    const pairs = rest.trim() === '' ? [] : rest.trim().split(',');
    const properties = Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), plain(pair.slice(pair.indexOf('=') + 1))]),
    );
    const shown = this.hidden(plain(message));
    this.annotations.push({ kind, properties, message: shown });
    this.lines.push(...shown.split('\n').map((line) => `##[${kind}]${line}`));
  }
}
