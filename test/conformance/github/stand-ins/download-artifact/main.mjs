import { join, matchesGlob, resolve } from 'node:path';
// Bundled by actions.ts, as every JavaScript action is.
import { DefaultArtifactClient } from '@actions/artifact';

const input = (name) => process.env[`INPUT_${name.toUpperCase()}`] ?? '';
const client = new DefaultArtifactClient();
const { artifacts } = await client.listArtifacts({ latest: true });
const wanted = artifacts.filter(({ name }) => matchesGlob(name, input('pattern')));
console.log(`${wanted.length} of ${artifacts.length} artifacts fit ${input('pattern')}.`);
for (const { id, name } of wanted) await client.downloadArtifact(id, { path: resolve(join(input('path'), name)) });
