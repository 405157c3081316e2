import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingLayers } from '../../../../packages/core/src/image/direct/lacking.ts';
import { chainOf } from '../../../../packages/core/src/image/direct/manifest.ts';
import { connect } from '../../../../packages/core/src/transport/connect.ts';
import type { Server } from '../../../../packages/core/src/transport/server.ts';

const digests = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);
const image = { digest: '', manifests: new Map(), blobs: new Map(), plainLayers: digests };
const facts = { machine: 'linux/amd64', swarm: { nodeId: '', active: false, manager: false } };

/** Shell text of ours on a real shell: this machine's, with the stores of engines as folders. */
let server: Server;
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'drayage-lacking-'));
  const report = { note: () => undefined, warn: () => undefined };
  const target = { name: 'here', host: 'local', port: 0, user: '', auth: {}, hostKeyPolicy: 'strict' } as const;
  server = await connect(target, { report });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

describe('what a node lacks of an image', () => {
  test('is told by its folders of layers, which are named with all below them', async () => {
    const [first = ''] = chainOf(digests);
    mkdirSync(join(root, 'image/overlay2/layerdb/sha256', first.slice(7)), { recursive: true });
    expect(await lackingLayers(server, { ...facts, store: 'overlay', root }, image)).toEqual(digests.slice(1));
  });

  test('is told by its blobs where the store is of containerd', async () => {
    const blobs = join(root, 'containerd/daemon/io.containerd.content.v1.content/blobs/sha256');
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, 'b'.repeat(64)), '');
    expect(await lackingLayers(server, { ...facts, store: 'content', root }, image)).toEqual([digests[0], digests[2]]);
  });

  test('is not told where layers are compressed, or the store is another one', async () => {
    expect(await lackingLayers(server, { ...facts, store: 'other', root }, image)).toEqual([]);
    expect(await lackingLayers(server, { ...facts, store: 'overlay', root }, { ...image, plainLayers: [] })).toEqual(
      [],
    );
  });
});
