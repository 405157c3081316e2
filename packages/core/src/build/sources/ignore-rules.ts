import dockerignore from '@balena/dockerignore';

/** What of a build context stays at home. Paths are relative to the context, with `/`. */
export interface IgnoreRules {
  isIgnored(path: string): boolean;
  /** Whether nothing below an ignored folder can be wanted again by a `!` pattern, so that it need not be read. */
  isClosed(folder: string): boolean;
}

/** Never part of a context: the repository's own data and our state. */
const ownFolders = new Set(['.git', '.drayage']);

/** The rules of a .dockerignore file (https://docs.docker.com/build/concepts/context/#dockerignore-files); empty text ignores nothing. */
export function ignoreRules(text: string): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const patterns = lines.map((line) => escapeRegExp(line.trimEnd())).filter((line) => line.trim() !== '');
  const rules = patterns.length === 0 ? undefined : dockerignore.default({ ignorecase: false }).add(patterns);
  const reopening = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => partsOf(pattern.slice(1)));
  return {
    isIgnored: (path) => isOwn(path) || rules?.ignores(path) === true,
    isClosed: (folder) => isOwn(folder) || !reopening.some((parts) => mayMatchBelow(parts, folder.split('/'))),
  };
}

function isOwn(path: string): boolean {
  return ownFolders.has(path.slice(path.lastIndexOf('/') + 1));
}

/** These mean nothing in a pattern, but the library hands them to RegExp as they are. */
function escapeRegExp(pattern: string): string {
  return pattern.replace(/\\.|[+(){}|]|(?<!\[)\^/g, (found) => (found.startsWith('\\') ? found : `\\${found}`));
}

function partsOf(pattern: string): readonly string[] {
  return pattern
    .trim()
    .split('/')
    .filter((part) => part !== '' && part !== '.');
}

/** Errs on the side of reading a folder: anything with a wildcard is taken for a match. */
function mayMatchBelow(pattern: readonly string[], folder: readonly string[]): boolean {
  for (const [index, name] of folder.entries()) {
    const part = pattern[index];
    if (part === undefined || part.includes('**')) return true;
    if (!/[*?[\\]/.test(part) && part !== name) return false;
  }
  return true;
}
