import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working directory with files; removed afterwards. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'drayage-cli-'));

  write(name: string, content: string): string {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
    return join(this.path, name);
  }

  /** Runs the bundled command line in it, with nothing of this process's environment but the PATH. */
  run(argv: readonly string[], env: Record<string, string> = {}, entry = 'drayage'): Promise<Ended> {
    const program = resolve(`dist/${entry}.cjs`);
    const child = spawn(process.execPath, [program, ...argv], {
      cwd: this.path,
      env: { PATH: process.env.PATH, HOME: this.path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (ended.stdout += chunk));
    child.stderr.on('data', (chunk) => (ended.stderr += chunk));
    return new Promise((settle) => child.on('close', (status) => settle({ status, ...ended })));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

export const valid = `project: shop
servers:
  node-1: { host: node.example.com, host-key: "SHA256:${'A'.repeat(43)}" }
services:
  web:
    source: { image: "nginx:1.27-alpine" }
    deploy: { servers: [node-1] }
`;
