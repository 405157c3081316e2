import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familiarImage, formatImage, parseImage } from '../../../packages/core/src/config/image-reference.ts';

const sha = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImage', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27-alpine', 'docker.io/library/nginx:1.27-alpine'],
    ['acme/web', 'docker.io/acme/web'],
    ['index.docker.io/nginx', 'docker.io/library/nginx'],
    ['docker.io/library/nginx:1', 'docker.io/library/nginx:1'],
    ['ghcr.io/acme/shop-web:v1', 'ghcr.io/acme/shop-web:v1'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:1', 'localhost:5000/app:1'],
    ['registry.example.com:5000/a/b/c__d:1', 'registry.example.com:5000/a/b/c__d:1'],
    ['Registry.Example.com/app', 'registry.example.com/app'],
    [`app@${sha}`, `docker.io/library/app@${sha}`],
    [`ghcr.io/a/b:1@${sha}`, `ghcr.io/a/b:1@${sha}`],
    ['[::1]:5000/app', '[::1]:5000/app'],
    ['a--b/c.d', 'docker.io/a--b/c.d'],
  ])('reads %s as %s', (text, full) => {
    const image = parseImage(text);
    expect(image && formatImage(image)).toBe(full);
  });

  it.each([
    '',
    'UPPER',
    'acme/Web',
    'a/-b',
    'a..b',
    'a___b',
    'https://ghcr.io/a',
    'nginx:',
    'nginx:-1',
    `nginx:${'a'.repeat(129)}`,
    'nginx@sha256:123',
    `nginx@${sha}@${sha}`,
    'a b',
    'a//b',
    '/a',
    'f'.repeat(64),
    `ghcr.io/${'a'.repeat(250)}`,
  ])('refuses "%s"', (text) => {
    expect(parseImage(text)).toBeUndefined();
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const component = fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '---'), word).map((parts) => parts.join(''));
  const reference = fc.record(
    {
      registry: fc.constantFrom('docker.io', 'ghcr.io', 'localhost:5000', 'r.example.com', '[::1]:5000'),
      repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
      digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
    },
    { requiredKeys: ['registry', 'repository'] },
  );

  it('reads back what formatImage and familiarImage write', () => {
    fc.assert(
      fc.property(reference, (image) => {
        expect(parseImage(formatImage(image))).toEqual(image);
        expect(parseImage(familiarImage(image))).toEqual(image);
      }),
    );
  });

  it('is done at once with any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: fc.constantFrom('a', '-', '_', '.', '/', ':', '@') }), (text) => {
        const image = parseImage(text);
        return image === undefined || parseImage(formatImage(image)) !== undefined;
      }),
    );
  });
});

describe('familiarImage', () => {
  it.each([
    ['docker.io/library/nginx:1', 'nginx:1'],
    ['docker.io/acme/web', 'acme/web'],
    ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:1'],
  ])('prints %s as %s', (text, short) => {
    const image = parseImage(text);
    expect(image && familiarImage(image)).toBe(short);
  });
});
