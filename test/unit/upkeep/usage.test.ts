import { describe, expect, it } from 'vitest';
import { readableSize } from '../../../packages/core/src/report/size.ts';
import { parseHost } from '../../../packages/core/src/upkeep/builder/host.ts';
import { parseBuilders } from '../../../packages/core/src/upkeep/builder/list.ts';
import { parseBuildctl, parseCache } from '../../../packages/core/src/upkeep/cache-usage.ts';
import { parseLook } from '../../../packages/core/src/upkeep/look.ts';

describe('use of the build cache', () => {
  const usage = {
    total: 60,
    reclaimable: 20,
    byType: [
      { type: 'exec.cachemount', bytes: 40, count: 1 },
      { type: 'regular', bytes: 20, count: 2 },
    ],
  };

  it('is read from the engine, without what images hold', () => {
    const entry = (Type: string, Size: number, more = {}) => ({
      ID: 'x',
      Type,
      Size,
      InUse: false,
      Shared: false,
      ...more,
    });
    const records = [
      entry('regular', 5),
      entry('regular', 15),
      entry('regular', 900, { Shared: true }),
      entry('exec.cachemount', 40, { InUse: true }),
    ];
    expect(parseCache({ LayersSize: 0, BuildCache: records })).toEqual(usage);
    expect(parseCache({ BuildCache: null }).total).toBe(0);
  });

  it('is read from buildctl', () => {
    const records = [
      { id: 'a', size: 5, recordType: 'regular' },
      { id: 'b', size: 15 },
      { size: 900, shared: true },
      { size: 40, recordType: 'exec.cachemount', inUse: true },
    ];
    expect(parseBuildctl(JSON.stringify(records))).toEqual(usage);
    expect(parseBuildctl('Error: no builder').total).toBe(0);
  });
});

describe('builders', () => {
  it('are read from buildx, one a name', () => {
    const line = (Name: string, Driver: string, node: object) => JSON.stringify({ Name, Driver, Nodes: [node] });
    const text = [
      line('default', 'docker', { Status: 'running', Version: 'v0.0.0+unknown', Platforms: ['linux/amd64'] }),
      line('default', 'docker', { Status: 'running' }),
      line('drayage', 'docker-container', { Status: 'inactive', Version: '' }),
      'ERROR: something else',
    ].join('\n');
    expect(parseBuilders(text)).toEqual([
      { name: 'default', driver: 'docker', status: 'running', version: undefined, platforms: ['linux/amd64'] },
      { name: 'drayage', driver: 'docker-container', status: 'inactive', version: undefined, platforms: [] },
    ]);
  });

  it('stand on a host that says which store it has', () => {
    const text =
      'buildx\tgithub.com/docker/buildx v0.30.1 abc\nslots\t1\nmemory-total\t2048\nmemory-free\t1024\ndisk\t10 20 4096\nsources\t3\n';
    const info = {
      ServerVersion: '28.5.2',
      Architecture: 'aarch64',
      DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    };
    expect(parseHost(text, info, { LayersSize: 7 })).toEqual({
      engine: '28.5.2',
      imageStore: 'containerd',
      buildx: '0.30.1',
      platform: 'linux/arm64',
      disk: { free: 40_960, total: 81_920 },
      memory: { free: 1024 ** 2, total: 2 * 1024 ** 2 },
      sources: 3072,
      mirrors: 0,
      images: 7,
      slotsUsed: 1,
    });
  });
});

describe('a look at a server', () => {
  it('leaves out what it does not understand, and refuses without an engine', () => {
    const text = [
      'now\t100',
      'engine\t26.1.5',
      'image\t{"id":"sha256:a"}',
      'container\tnot JSON',
      'record\tx ended {"id":',
      'source\tshop-1 50 4',
    ].join('\n');
    const { images, containers, records, sources } = parseLook(text, '', 'node-1');
    expect({ images, containers, records }).toEqual({ images: [], containers: [], records: [] });
    expect(sources).toEqual([{ name: 'shop-1', usedAt: 50, bytes: 4096 }]);
    expect(() => parseLook('now\t1\nengine-error\tCannot connect\n', '', 'node-1')).toThrow(
      'node-1: the Docker Engine does not answer (Cannot connect).',
    );
  });
});

describe('readableSize', () => {
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 kB'],
    [10 * 1024 ** 3, '10 GB'],
    [123.4 * 1024 ** 2, '123 MB'],
  ])('%d is %s', (bytes, text) => expect(readableSize(bytes)).toBe(text));
});
