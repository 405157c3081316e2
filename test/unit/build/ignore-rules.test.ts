import { describe, expect, it } from 'vitest';
import { ignoreRules } from '../../../packages/core/src/build/sources/ignore-rules.ts';

// Expectations follow moby/patternmatcher's own tests and https://docs.docker.com/build/concepts/context/#dockerignore-files
describe('ignoreRules', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'packages/web/node_modules/a.js', false],
    ['**/node_modules', 'packages/web/node_modules/a.js', true],
    ['/dist', 'dist/a', true],
    ['dist/', 'dist/a', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/README.md', true],
    ['*.md\n!README.md', 'README.md', false],
    ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
    ['*\n!src', 'src/a.js', false],
    ['*\n!src', 'test/a.js', true],
    ['*\n!src/**', 'src/a/b.js', false],
    ['# comment\n\n  secret  \n', 'secret', true],
    ['# comment', '# comment', false],
    ['temp?', 'tempa', true],
    ['temp?', 'temp', false],
    ['a[bc]d', 'abd', true],
    ['a[^bc]d', 'abd', false],
    ['a[^bc]d', 'axd', true],
    ['SECRET', 'secret', false],
    ['.env*', '.env.local', true],
    ['app/(shop)', 'app/(shop)/page.tsx', true],
    ['app/(shop)', 'app/shop/page.tsx', false],
    ['c++', 'c++/main.cc', true],
    ['a|b', 'a', false],
    ['file{1}', 'file{1}', true],
    ['\\#file', '#file', true],
    ['\uFEFFdist', 'dist', true],
    ['dist\r\nbuild\r\n', 'build', true],
    ['', 'anything', false],
    ['', '.git/config', false],
    ['', '.git', true],
    ['', 'sub/.drayage', true],
    ['!.git', '.git', true],
  ])('%j ignores %s: %s', (text, path, expected) => {
    expect(ignoreRules(text).isIgnored(path)).toBe(expected);
  });

  it.each([
    ['node_modules', 'node_modules', true],
    ['*\n!src', 'test', true],
    ['*\n!src/app', 'src', false],
    ['*\n!src/app', 'src/lib', true],
    ['*\n!src/app', 'src/app/deep', false],
    ['*\n!**/keep', 'test', false],
    ['*\n!*/keep', 'test', false],
    ['*\n!*/keep', 'test/deep', true],
    ['*\n!*/keep/x', 'test/deep', true],
    ['*\n!.git', '.git', true],
  ])('%j closes %s: %s', (text, folder, expected) => {
    expect(ignoreRules(text).isClosed(folder)).toBe(expected);
  });
});
