import { describe, expect, it } from 'vitest';
import { type DaemonWish, mergeDaemonConfig } from '../../../packages/core/src/setup/daemon-config.ts';

const rotated = '"log-driver":"json-file","log-opts":{"max-size":"10m","max-file":"3"}';
const wish: DaemonWish = { swarm: false, insecure: [] };

function merged(existing: string | undefined, changes: Partial<DaemonWish> = {}) {
  const change = mergeDaemonConfig(existing, { ...wish, ...changes });
  return typeof change === 'object' ? { ...change, text: JSON.parse(change.text) } : change;
}

describe('mergeDaemonConfig', () => {
  it('adds log rotation and live restore to a server without a file', () => {
    expect(merged(undefined)).toEqual({
      text: { 'log-driver': 'json-file', 'log-opts': { 'max-size': '10m', 'max-file': '3' }, 'live-restore': true },
      what: ['rotate container logs at 10 MB, 3 files', 'keep containers running while Docker restarts'],
      reloadable: false,
      required: false,
    });
  });

  it('keeps every key that is there', () => {
    expect(merged('{"mtu":1400,"insecure-registries":["a:1"]}', { insecure: ['a:1', 'b:2'] })).toMatchObject({
      text: { mtu: 1400, 'insecure-registries': ['a:1', 'b:2'] },
      required: true,
    });
  });

  it.each([
    ['another log driver', '{"log-driver":"journald","live-restore":true}'],
    ["the user's own limits", '{"log-opts":{"max-size":"1g"},"live-restore":true}'],
    ["the user's choice against live restore", `{${rotated},"live-restore":false}`],
    ['all that is wanted', `{${rotated},"live-restore":true}`],
  ])('leaves %s alone', (_, existing) => {
    expect(merged(existing)).toBeUndefined();
  });

  it('never turns live restore on for the Swarm, and turns it off where it is on', () => {
    expect(merged(`{${rotated}}`, { swarm: true })).toBeUndefined();
    expect(merged(`{${rotated},"live-restore":true}`, { swarm: true })).toMatchObject({
      text: { 'live-restore': false },
      reloadable: true,
      required: true,
    });
  });

  it.each([
    ['[]', '/etc/docker/daemon.json holds no JSON object'],
    ['{,}', expect.stringContaining('is not valid JSON')],
  ])('says what is wrong with %s', (existing, sentence) => {
    expect(mergeDaemonConfig(existing, wish)).toEqual(sentence);
  });
});
