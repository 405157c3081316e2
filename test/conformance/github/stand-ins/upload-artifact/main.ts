import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { zip } from '../../zip.ts';
import { input, upload } from '../artifact-server.ts';

const path = input('path');
const hidden = path.split('/').some((part) => part.startsWith('.') && part !== '.');

// The real action leaves hidden files out unless it is told otherwise: a state file below .drayage would not arrive.
if (!existsSync(path) || (hidden && input('include-hidden-files') !== 'true')) {
  if (input('if-no-files-found') === 'error') throw new Error(`No file was found at ${path}.`);
  console.log(`No file was found at ${path}: nothing is uploaded.`);
} else {
  await upload(input('name'), Buffer.from(zip(basename(path), readFileSync(path))));
  console.log(`The artifact ${input('name')} is uploaded.`);
}
