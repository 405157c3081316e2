/** The images a build was made from, as BuildKit's plain output names them. */
export class Bases {
  readonly #wanted = new Set<string>();
  readonly #digests = new Map<string, string>();
  #isOpen = false;
  #rest = '';

  /** Reads more of the output, in any chunking. */
  read(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /**
   * Digest by name (moby/buildkit: `load metadata for <name>` in frontend/dockerfile/dockerfile2llb, `FROM <name>@<digest>` as vertex name). undefined when
   * something else from outside went in, or the digest of one is not known: then nobody can tell whether a new build would give the same.
   */
  known(): Readonly<Record<string, string>> | undefined {
    if (this.#isOpen) return undefined;
    const all = [...this.#wanted].map((name) => [name, this.#digests.get(name)] as const);
    if (all.some(([, digest]) => digest === undefined)) return undefined;
    return Object.fromEntries(all) as Record<string, string>;
  }

  #line(line: string): void {
    const [, wanted] = /^#\d+ \[[^\]]*\] load metadata for (\S+)/.exec(line) ?? [];
    if (wanted !== undefined) this.#wanted.add(wanted);
    const [, name, digest] =
      /^#\d+ (?:\[[^\]]*\] |resolve image config for |docker-image:\/\/).*?(\S+?)@(sha256:[0-9a-f]{64})/.exec(line) ??
      [];
    if (name !== undefined && digest !== undefined) this.#digests.set(name.replace(/^docker-image:\/\//, ''), digest);
    // A frontend of its own (`# syntax=`) is an image too.
    const [, frontend] = /^#\d+ resolve image config for (?:docker-image:\/\/)?(\S+)/.exec(line) ?? [];
    if (frontend !== undefined) this.#wanted.add(frontend.split('@')[0] ?? frontend);
    if (/^#\d+ \[[^\]]*\] ADD .*(?:https?:\/\/|git@|ssh:|git:)/i.test(line)) this.#isOpen = true;
  }
}
