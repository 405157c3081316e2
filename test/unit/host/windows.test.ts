import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { inWorkspace } from '../../../packages/core/src/host/adapter/workspace-path.ts';
import { looksLikePath } from '../../../packages/core/src/host/ssh-credentials.ts';

// Windows cannot be run here: what differs there is told by tables (permissions and links: build/portable.test.ts).
it.each([
  ['C:\\Users\\me\\.ssh\\id_ed25519', true],
  ['D:/keys/id_ed25519', true],
  ['~\\.ssh\\id_ed25519', true],
  ['.\\key', true],
  ['~/.ssh/id_ed25519', true],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n', false],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjEA\r\n-----END OPENSSH PRIVATE KEY-----\r\n', false],
])('%j is a path: %s', (text, expected) => {
  expect(looksLikePath(text)).toBe(expected);
});

it.each([
  [win32, 'drayage.yml', 'D:\\a\\shop\\shop', 'D:\\a\\shop\\shop', 'drayage.yml'],
  [win32, 'deploy\\drayage.yml', 'D:\\a\\shop\\shop', 'D:\\a\\shop\\shop', 'deploy/drayage.yml'],
  [win32, 'drayage.yml', 'D:\\a\\shop\\shop', 'D:\\a\\shop\\shop\\web', 'web/drayage.yml'],
  [win32, 'C:\\other\\drayage.yml', 'D:\\a\\shop\\shop', 'D:\\a\\shop\\shop', 'C:\\other\\drayage.yml'],
  [posix, '../drayage.yml', '/w/shop/web', '/w/shop/web', '../drayage.yml'],
  [posix, 'web/drayage.yml', '/w/shop', '/w/shop', 'web/drayage.yml'],
  [posix, 'drayage.yml', undefined, '/w/shop', 'drayage.yml'],
])('an annotation names %#: %s', (path, file, workspace, cwd, expected) => {
  expect(inWorkspace(file, workspace, cwd, path)).toBe(expected);
});
