import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
// Bundled by actions.ts, as every JavaScript action is.
import { DefaultArtifactClient } from '@actions/artifact';

const input = (name) => process.env[`INPUT_${name.toUpperCase()}`] ?? '';
const path = input('path');
const hidden = path.split('/').some((part) => part.startsWith('.') && part !== '.');

// The real action leaves hidden files out unless it is told otherwise: a state file below .drayage would not arrive.
if (!existsSync(path) || (hidden && input('include-hidden-files') !== 'true')) {
  if (input('if-no-files-found') === 'error') throw new Error(`No file was found at ${path}.`);
  console.log(`No file was found at ${path}: nothing is uploaded.`);
} else {
  const { id } = await new DefaultArtifactClient().uploadArtifact(
    input('name'),
    [resolve(path)],
    resolve(dirname(path)),
  );
  console.log(`Artifact ${input('name')} is uploaded as ${id}.`);
}
