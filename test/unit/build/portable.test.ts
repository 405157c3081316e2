import { expect, it } from 'vitest';
import { portableMode, portableTarget } from '../../../packages/core/src/build/sources/portable.ts';

// Windows cannot be run here: what differs there is told by tables.
it.each([
  ['linux', 0o100644, 0o100644],
  ['linux', 0o100755, 0o100755],
  ['darwin', 0o040700, 0o040700],
  ['win32', 0o100666, 0o100755],
  ['win32', 0o100444, 0o100755],
  ['win32', 0o040666, 0o040755],
] as const)('on %s the mode %o is sent as %o', (platform, mode, sent) => {
  expect(portableMode(mode, platform)).toBe(sent);
});

it.each([
  ['linux', '../a\\b', '../a\\b'],
  ['win32', '..\\lib\\app.js', '../lib/app.js'],
] as const)('on %s the link to %s is sent as %s', (platform, target, sent) => {
  expect(portableTarget(target, platform)).toBe(sent);
});
