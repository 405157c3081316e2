import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './command.ts';

/**
 * Runs `work` while holding an exclusive lock on `file`. The kernel frees the lock when this process ends in any way,
 * because the holder is a child that lives only as long as our end of its standard input.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', reject);
      holder.once('close', () => reject(new LabError(`The lock ${file} could not be taken.`)));
    });
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
