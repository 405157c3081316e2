import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../packages/core/src/errors/codes.ts';

const folder = '../../packages/core/src/errors/codes';

describe('error codes', () => {
  it('are each explained in one place', async () => {
    const files = readdirSync(new URL(folder, import.meta.url)).filter((file) => file !== 'explanation.ts');
    const groups = await Promise.all(
      files.map(async (file) =>
        Object.values(await import(`${folder}/${file}`)).flatMap((group) => Object.keys(group as object)),
      ),
    );
    expect(groups.flat().sort()).toEqual([...errorCodes]);
  });
});
