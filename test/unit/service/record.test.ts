import { describe, expect, it } from 'vitest';
import { parseHistory } from '../../../packages/core/src/service/history.ts';
import {
  newDeploymentId,
  parseRecord,
  type RecordHead,
  recordHead,
} from '../../../packages/core/src/service/record.ts';
import { chooseTarget } from '../../../packages/core/src/service/rollback.ts';
import { pinned, spec } from './specs.ts';

const head = (id: string, specHash = 'h1'): RecordHead => ({
  id,
  title: 'It\'s "quoted"',
  pinnedImage: pinned,
  resource: 'shop-production-web',
  service: 'web',
  mode: 'standalone',
  strategy: 'blue-green',
  who: 'alice',
  run: 'run-1',
  logPath: '/log',
  specHash,
  spec: spec(),
});
const line = (id: string, status: string, specHash?: string) =>
  `${recordHead(head(id, specHash))},"status":"${status}","startedAt":"2026-01-01T00:00:00Z"}`;

describe('records', () => {
  it('have ids that sort by time', () => {
    expect(newDeploymentId(new Date('2026-11-21T11:22:33.456Z'), 'abc')).toBe('20261121t112233z-1c8abc');
    const ids = [0, 7, 99, 456, 999].map((ms) => newDeploymentId(new Date(Date.UTC(2026, 10, 21, 11, 22, 33, ms))));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids.map((id) => id.length))).toEqual(new Set([23]));
  });

  it('become whole by what the node appends', () => {
    expect(parseRecord(line('a', 'done'))).toMatchObject({ id: 'a', title: 'It\'s "quoted"', status: 'done' });
  });

  it.each(['', '{', '{"id":"a"}', 'null', line('a', 'perhaps'), line('a', 'done').slice(0, 90)])(
    'are ignored when damaged: %.20s',
    (text) => {
      expect(parseRecord(text)).toBeUndefined();
    },
  );
});

describe('parseHistory', () => {
  it('tells current, running and dead deployments apart', () => {
    const output = `current b\nrunning ${line('d', 'running')}\ndead ${line('c', 'running')}\nended ${line('b', 'done')}\nended {\n`;
    const entries = parseHistory(output);
    expect(entries.map(({ record, isCurrent }) => [record.id, record.status, isCurrent])).toEqual([
      ['d', 'running', false],
      ['c', 'error', false],
      ['b', 'done', true],
    ]);
    expect(entries[1]?.record.errorCode).toBe('JOB_LOST');
  });
});

describe('chooseTarget', () => {
  const entry = (id: string, status: string, specHash: string, isCurrent = false) => {
    const record = parseRecord(line(id, status, specHash));
    if (record === undefined) throw new Error('Not a record.');
    return { record, servers: ['node-1'], isCurrent };
  };
  const history = [
    entry('5', 'error', 'h5'),
    entry('4', 'done', 'h3', true),
    entry('3', 'done', 'h3'),
    entry('2', 'done', 'h2'),
    entry('1', 'cancelled', 'h1'),
  ];

  it('takes the newest success that differs from what serves', () => {
    expect(chooseTarget('web', history).id).toBe('2');
  });

  it('takes the one that was asked for', () => {
    expect(chooseTarget('web', history, '3').id).toBe('3');
  });

  it.each([
    ['5', 'did not succeed (error)'],
    ['1', 'did not succeed (cancelled)'],
    ['9', 'there is no record of it'],
  ])('refuses %s: %s', (to, why) => {
    expect(() => chooseTarget('web', history, to)).toThrow(
      expect.objectContaining({ code: 'DEPLOYMENT_NOT_FOUND', message: expect.stringContaining(why) }),
    );
  });

  it('says when there is nothing to go back to', () => {
    expect(() => chooseTarget('web', history.slice(0, 2))).toThrow(
      /no earlier deployment to go back to; 1 succeeded so far/,
    );
  });
});
