import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Slot } from '../../../packages/core/src/proxy/slot.ts';
import { activeSlotScript, switchScript } from '../../../packages/core/src/proxy/switch.ts';

let stateDir: string;
const resource = 'shop-production-web';

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "drayage it's "));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const sh = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
const enter = (slot: Slot | undefined) => sh(switchScript({ stateDir, resource, slot }));
const active = () => sh(activeSlotScript({ stateDir, resource })).trim();
const markers = () => readdirSync(join(stateDir, 'proxy/active', resource));

function putSlotFiles(): void {
  for (const folder of ['slots', 'dynamic']) mkdirSync(join(stateDir, 'proxy', folder), { recursive: true });
  for (const target of ['plain', 'blue', 'green']) {
    writeFileSync(join(stateDir, `proxy/slots/${resource}.${target}.yml`), `# ${target}\n`);
  }
}

describe('switchScript', () => {
  it('makes the first slot active on a node that has no proxy folder yet', () => {
    enter('blue');
    expect(markers()).toEqual(['blue']);
    expect(active()).toBe('blue');
  });

  it('moves the one marker from slot to slot', () => {
    enter('blue');
    enter('green');
    expect(markers()).toEqual(['green']);
    enter('blue');
    expect(markers()).toEqual(['blue']);
  });

  it('changes nothing when the slot is active already', () => {
    enter('green');
    enter('green');
    expect(markers()).toEqual(['green']);
  });

  it('takes a service out of its slots', () => {
    enter('green');
    enter(undefined);
    expect(active()).toBe('');
  });

  it.each([
    ['blue', '# blue\n'],
    ['green', '# green\n'],
    [undefined, '# plain\n'],
  ] as const)("copies Traefik's file for %s and leaves no temporary one", (slot, content) => {
    putSlotFiles();
    enter(slot);
    expect(readFileSync(join(stateDir, `proxy/dynamic/${resource}.yml`), 'utf8')).toBe(content);
    expect(readdirSync(join(stateDir, 'proxy/dynamic'))).toEqual([`${resource}.yml`]);
  });

  it('writes no file for Traefik where the domain is not configured yet', () => {
    enter('blue');
    expect(readdirSync(join(stateDir, 'proxy'))).toEqual(['active']);
  });
});
