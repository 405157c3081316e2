import { describe, expect, it } from 'vitest';
import { nginxConfig } from '../../../packages/core/src/build/types/nginx-config.ts';

/** Cache-Control that a path gets without headers of its own: the first pattern that fits, as nginx takes it. */
function kept(path: string): boolean {
  const [, rows = ''] =
    /map \$uri \$kept \{\n([\s\S]*?)\n {2}\}/.exec(nginxConfig({ spa: false, headers: {} }, 8080)) ?? [];
  const patterns = [...rows.matchAll(/"~(.*)" "public/g)].map(([, pattern = '']) => new RegExp(pattern));
  expect(patterns).toHaveLength(3);
  return patterns.some((pattern) => pattern.test(path));
}

describe('files of a static site', () => {
  it.each([
    '/main.3f2a1b4c.js',
    '/main.3f2a1b4c5d6e7f80.chunk.js',
    '/assets/index-BfR3x1aQ.js',
    '/assets/logo.D4x_pq-9.svg',
    '/_next/static/chunks/app/page.js',
    '/_astro/hoisted.js',
  ])('are kept forever: %s', (path) => expect(kept(path)).toBe(true));

  it.each([
    '/index.html',
    '/app.js',
    '/assets/settings.css',
    '/assets/my-settings.js',
    '/some-component.js',
    '/deadbeef.js',
    '/page-3f2a1b4c.html',
    '/2024-01-02.json',
  ])('are asked for again: %s', (path) => expect(kept(path)).toBe(false));
});

describe('headers of a static site', () => {
  it('are written so that the last path wins, and nothing in them steers nginx', () => {
    const config = nginxConfig(
      {
        spa: false,
        headers: { '/*': { 'X-A': 'one' }, '/b.c/*': { 'x-a': '$host "; }', 'Cache-Control': 'no-store' } },
      },
      8080,
    );
    expect(config).toContain(`  map $asked $header_1 {
    default "";
    "~^/b\\.c/" "\${dollar}host \\"; }";
    "~^/" "one";
  }`);
    expect(config).toContain('"~^/b\\.c/" "no-store";');
    expect(config).toContain('add_header X-A $header_1 always;');
  });
});
