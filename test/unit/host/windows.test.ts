import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { inWorkspace } from '../../../packages/core/src/host/adapter/workspace-path.ts';
import { looksLikePath } from '../../../packages/core/src/host/ssh-credentials.ts';
import { programOnPath } from '../../../packages/core/src/host/tools.ts';
import { localShell } from '../../../packages/core/src/transport/local-link.ts';

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

it.each([
  ['linux', 'docker'],
  ['darwin', 'docker'],
  ['win32', 'docker.exe'],
])('the program docker on %s is the file %s', async (platform, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'drayage-windows-'));
  try {
    for (const file of ['docker', 'docker.exe']) writeFileSync(join(folder, file), '', { mode: 0o755 });
    expect(await programOnPath('docker', 'https://example.com', { PATH: folder }, platform)).toBe(
      join(folder, expected),
    );
    rmSync(join(folder, expected));
    await expect(programOnPath('docker', 'https://example.com', { PATH: folder }, platform)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Programs of this machine start without a shell (host/exec.ts), but where the machine itself is a server.
it.each([
  ['linux', '/bin/sh'],
  ['darwin', '/bin/sh'],
] as const)('the shell of this machine as a server on %s is %s', (platform, expected) => {
  expect(localShell(platform)).toBe(expected);
});

it('Windows is no server, and that is said', () => {
  expect(() => localShell('win32')).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      message: 'This machine runs Windows, and it cannot be a server of its own.',
      hint: expect.stringContaining('WSL'),
    }),
  );
});
