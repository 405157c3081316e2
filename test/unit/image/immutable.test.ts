import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { settleTags } from '../../../packages/core/src/image/immutable.ts';

const imageId = `sha256:${'a'.repeat(64)}`;
const destination = {
  registry: { host: 'r.example.com', insecure: false },
  path: 'acme/web',
  repository: 'r.example.com/acme/web',
};

function manifest(config: string) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config: { digest: config } }));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { bytes, digest, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
}

const own = manifest(imageId);
const other = manifest(`sha256:${'b'.repeat(64)}`);
const index = { ...other, bytes: Buffer.from('{"manifests":[]}') };

it.each([
  ['a free tag', new Map(), { digests: [] }, undefined],
  ['the same configuration', new Map([['1.2.3', own]]), { digests: [], imageId }, own],
  ['a digest it is known by', new Map([['1.2.3', other]]), { digests: [other.digest], imageId }, other],
  ['the manifest as its id', new Map([['1.2.3', index]]), { digests: [], imageId: index.digest }, index],
])('settles %s', (_, taken, wanted, expected) => {
  expect(settleTags(taken, wanted, destination)).toBe(expected);
});

it.each([
  ['another image', other],
  ['an index whose digest is not known', index],
])('refuses %s under the tag', (_, found) => {
  expect(() => settleTags(new Map([['1.2.3', found]]), { digests: [], imageId }, destination)).toThrow(
    expect.objectContaining({
      code: 'TAG_TAKEN',
      message: `The tag 1.2.3 stands for another image in r.example.com/acme/web: ${found.digest}. Nothing was pushed.`,
      hint: expect.stringContaining(`drayage deploy-service --image r.example.com/acme/web@${found.digest}`),
    }),
  );
});
