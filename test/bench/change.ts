import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const application = fileURLToPath(new URL('../fixtures/app', import.meta.url));

/** A copy of the sample application in which one line of one file can be changed again and again. */
export interface Checkout {
  readonly folder: string;
  /** Makes the application answer `version <name>`; nothing else changes. */
  change(name: string): void;
}

export function checkout(folder: string): Checkout {
  cpSync(application, folder, { recursive: true });
  const file = join(folder, 'server.js');
  const original = readFileSync(file, 'utf8');
  return {
    folder,
    change: (name) => {
      const changed = original.replace("VERSION = 'unknown'", `VERSION: given, ANSWER: VERSION = '${name}'`);
      if (changed === original) throw new Error('The sample application names no version any more.');
      writeFileSync(file, changed);
    },
  };
}
