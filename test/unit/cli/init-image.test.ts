import { describe, expect, it } from 'vitest';
import { dockerignore } from '../../../packages/cli/src/init/node-image.ts';
import { ignoreRules } from '../../../packages/core/src/build/sources/ignore-rules.ts';

describe('the .dockerignore that init writes', () => {
  const rules = ignoreRules(dockerignore);

  it.each([
    '.env',
    '.env.local',
    '.env.production',
    'apps/api/.env',
    'apps/api/.env.local',
    'npm-debug.log',
    '.git/config',
  ])('keeps %s out of the image', (path) => expect(rules.isIgnored(path)).toBe(true));

  it.each(['.env.example', 'server.js', 'package.json', 'src/env.js'])('lets %s in', (path) => {
    expect(rules.isIgnored(path)).toBe(false);
  });

  it('leaves node_modules unread', () => expect(rules.isClosed('node_modules')).toBe(true));
});
