import { describe, expect, it } from 'vitest';
import {
  chainOf,
  digestOf,
  layersOf,
  plainManifest,
  readManifest,
} from '../../../../packages/core/src/image/direct/manifest.ts';
import { checkPlatforms, planSend, staysHere } from '../../../../packages/core/src/image/direct/plan.ts';
import { checkSwarmReach } from '../../../../packages/core/src/image/direct/swarm-reach.ts';
import { isLoopbackImage, loopbackImage, loopbackPorts } from '../../../../packages/core/src/registry/loopback.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const target = (name: string, known: readonly number[] = [], machine = 'linux/amd64') => ({ name, known, machine });

describe('the name of an image that travels', () => {
  it('is the same for every run, below the ports of outgoing connections, and known as such', () => {
    const ports = loopbackPorts('shop-production-web');
    expect(loopbackPorts('shop-production-web')).toEqual(ports);
    expect(loopbackPorts('shop-production-api')).not.toEqual(ports);
    expect(ports.every((port) => port >= 20_000 && port < 30_000)).toBe(true);
    for (const port of ports)
      expect(isLoopbackImage('shop-production-web', loopbackImage('shop-production-web', port, digest))).toBe(true);
  });

  it("is not mistaken for a registry of the user's own", () => {
    expect(isLoopbackImage('web', `127.0.0.1:5000/web@${digest}`)).toBe(false);
    expect(isLoopbackImage('web', `127.0.0.1:${loopbackPorts('web')[0]}/web:1`)).toBe(false);
    expect(isLoopbackImage('web', digest)).toBe(false);
  });
});

describe('where an image goes', () => {
  it('is nowhere for the server that built it, alone', () => {
    expect(staysHere('builder', ['builder'])).toBe(true);
    expect(staysHere('builder', ['builder', 'node-1'])).toBe(false);
    expect(staysHere('builder', ['node-1'])).toBe(false);
  });

  it('is to those that lack it, under the name that the others have it by', () => {
    const [, second = 0] = loopbackPorts('web');
    const plan = planSend('web', digest, [target('node-1', [second]), target('node-2')]);
    expect(plan.ports[0]).toBe(second);
    expect(plan.lacking(second)).toEqual(['node-2']);
    expect(new Set(plan.ports)).toEqual(new Set(loopbackPorts('web')));
    expect(plan.image(second)).toBe(`127.0.0.1:${second}/web@${digest}`);
  });

  it('is refused for a node of another architecture, before anything moves', () => {
    const nodes = [target('node-1'), target('arm-1', [], 'linux/arm64')];
    expect(() => checkPlatforms('web', 'linux/amd64', nodes)).toThrow(
      expect.objectContaining({ code: 'IMAGE_PLATFORM', message: expect.stringContaining('arm-1 is linux/arm64') }),
    );
    expect(() => checkPlatforms('web', undefined, nodes)).not.toThrow();
    expect(() => checkPlatforms('web', 'linux/386', [target('node-1')])).not.toThrow();
  });
});

describe('a Swarm that may start the service elsewhere', () => {
  const node = (id: string, more: { role?: string; availability?: string; state?: string; labels?: object } = {}) => ({
    ID: id,
    Spec: { Role: more.role ?? 'worker', Availability: more.availability ?? 'active', Labels: more.labels ?? {} },
    Description: { Hostname: `host-${id}` },
    Status: { State: more.state ?? 'ready' },
  });
  const check = (nodes: readonly object[], ...constraints: string[]) =>
    checkSwarmReach('web', nodes, new Set(['a']), constraints);

  it('is refused, with the nodes and what to do', () => {
    expect(() => check([node('a'), node('b')])).toThrow(
      expect.objectContaining({
        code: 'DEPLOY_IMPOSSIBLE',
        message: expect.stringContaining('may start web on host-b'),
        hint: expect.stringContaining('node.hostname != host-b'),
      }),
    );
  });

  it.each([
    [[node('a'), node('b', { availability: 'drain' })], []],
    [[node('a'), node('b', { state: 'down' })], []],
    [[node('a'), node('b')], ['node.hostname != host-b']],
    [[node('a', { role: 'manager' }), node('b')], ['node.role == manager']],
    [[node('a'), node('b', { labels: { disk: 'slow' } })], ['node.labels.disk == fast']],
  ])('goes on where Swarm keeps the service off it (%#)', (nodes, constraints) => {
    expect(() => check(nodes, ...constraints)).not.toThrow();
  });

  it('is refused where a constraint says nothing about the node', () => {
    expect(() => check([node('a'), node('b')], 'node.hostname != other', 'engine.unknown == 1')).toThrow();
  });
});

describe('a manifest', () => {
  const layer = digestOf(Buffer.from('layer'));
  const configuration = Buffer.from(JSON.stringify({ rootfs: { type: 'layers', diff_ids: [layer] } }));

  it('of an image without one is made of its configuration and layers, and always the same', () => {
    const manifest = plainManifest(configuration, [{ digest: layer, size: 5 }]);
    expect(plainManifest(configuration, [{ digest: layer, size: 5 }]).equals(manifest)).toBe(true);
    expect(layersOf(configuration)).toEqual([layer]);
    expect(readManifest(manifest)).toEqual({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      blobs: [
        expect.objectContaining({ digest: digestOf(configuration), size: configuration.length }),
        expect.objectContaining({ digest: layer, size: 5 }),
      ],
      manifests: [],
    });
  });

  it('is none where its digests are none', () => {
    expect(readManifest(Buffer.from('{"manifests":[{"digest":"../etc","size":1}]}'))).toBeUndefined();
    expect(readManifest(Buffer.from('nothing'))).toBeUndefined();
    expect(layersOf(Buffer.from('{"rootfs":{"diff_ids":["x"]}}'))).toBeUndefined();
  });

  it('names layers with those below them as the specification does', () => {
    const [first = '', second] = chainOf([layer, digest]);
    expect(first).toBe(layer);
    expect(second).toBe(digestOf(Buffer.from(`${layer} ${digest}`)));
  });
});
