// Writes schema/drayage.schema.json; with --check only compares. Editors use it by
// `# yaml-language-server: $schema=…` on the first line of a drayage.yml.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { drayageJsonSchema } from '../packages/core/src/config/json-schema.ts';

const file = new URL('../schema/drayage.schema.json', import.meta.url);

/** The content the file must have. */
export function schemaText(): string {
  return `${JSON.stringify(drayageJsonSchema(), null, 1)}\n`;
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const found = await readFile(file, 'utf8').catch(() => '');
    if (found !== schemaText()) {
      console.error('schema/drayage.schema.json is not what the schema says now. Run: node scripts/schema.ts');
      process.exitCode = 1;
    }
  } else {
    await mkdir(new URL('.', file), { recursive: true });
    await writeFile(file, schemaText());
  }
}
