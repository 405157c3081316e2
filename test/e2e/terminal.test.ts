import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { source as program } from '../demo/drayage.ts';
import { type Lab, startLab } from '../lab/lab.ts';

/** What `drayage` prints on a real pseudo-terminal, in a pipe and as JSON, while a build on a real server fails. */
let lab: Lab;
let folder: string;
let key: string;

const dockerfile = 'FROM busybox\nRUN echo one-of-many-lines; sleep 1; echo the-reason-why >&2; exit 3\n';

beforeAll(async () => {
  lab = await startLab({ name: `terminal-${process.pid}` });
  const builder = await lab.host('builder', { docker: true });
  key = builder.privateKey;
  folder = mkdtempSync(join(tmpdir(), 'drayage-terminal-'));
  mkdirSync(join(folder, 'app'));
  writeFileSync(join(folder, 'app', 'Dockerfile'), dockerfile);
  const { address, port, user, hostKey } = builder;
  const server = { host: address, port, user, role: 'both', 'host-key': hostKey, 'docker-source': 'distribution' };
  const web = { source: { path: 'app' }, build: { servers: ['builder'] } };
  writeFileSync(
    join(folder, 'drayage.yml'),
    JSON.stringify({ project: 'shop', servers: { builder: server }, services: { web } }),
  );
});
afterAll(async () => {
  await lab?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

interface Shown {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly [string, ...string[]], env: Record<string, string>): Promise<Shown> {
  const [file, ...args] = argv;
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm', DRAYAGE_SSH_KEY: key, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const shown = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (shown.stdout += chunk));
  child.stderr.on('data', (chunk) => (shown.stderr += chunk));
  return new Promise((settle) => child.on('close', (code) => settle({ code, ...shown })));
}

const command = (...flags: readonly string[]) => [process.execPath, program, 'build-remote', ...flags] as const;
const inPipe = (env: Record<string, string> = {}, ...flags: string[]) => run([...command(...flags)], env);
/** `script` of util-linux makes the pseudo-terminal; with -e it ends as the command did. */
const onTerminal = (env: Record<string, string> = {}) =>
  run(['script', '-qec', `stty cols 100; ${command().join(' ')}`, '/dev/null'], env);

const colour = /\x1b\[\d+m/;
const redraw = /\x1b\[\d+A\x1b\[J/;
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

describe('on a terminal', () => {
  it('shows live steps with durations, and unfolds the log of the one that fails', async () => {
    const { code, stdout } = await onTerminal();
    expect(code).toBe(1);
    expect(stdout).toMatch(spinner);
    expect(stdout).toMatch(redraw);
    expect(stdout).toMatch(colour);
    const rest = screen(stdout);
    expect(rest).not.toMatch(spinner);
    expect(rest).toMatch(/^✓ .* \d+\.\d s$/m);
    expect(rest).toMatch(/^✗ .* \d+\.\d s\n(?: {4}.*\n)*? {4}.*the-reason-why/m);
    expect(rest).toContain('BUILD_FAILED · more: drayage help BUILD_FAILED');
    // A step that went well leaves one line.
    expect(rest).not.toMatch(/^✓ .*\n {4}/m);
  });

  it('has no colours with NO_COLOR, and still moves', async () => {
    const { stdout } = await onTerminal({ NO_COLOR: '1', FORCE_COLOR: '1' });
    expect(stdout).toMatch(spinner);
    expect(stdout).not.toMatch(colour);
  });

  it('is plain where the terminal cannot move its cursor', async () => {
    const { stdout } = await onTerminal({ TERM: 'dumb' });
    expect(stdout).toContain('the-reason-why');
    expect(stdout).not.toMatch(spinner);
    expect(stdout).not.toContain('\x1b');
  });
});

describe('in a pipe', () => {
  it('prints plain lines, each once', async () => {
    const { code, stdout, stderr } = await inPipe();
    expect(code).toBe(1);
    expect(stdout + stderr).not.toMatch(/[\x1b\r]/);
    expect(stdout).not.toMatch(spinner);
    expect(stdout).toMatch(/^▸ .*\n(?: {2,4}.*\n)*✓ .* \d+\.\d s$/m);
    // buildx says it once as it happens, and once more at its end.
    expect(stdout.match(/^ {4}#\d+ [\d.]+ the-reason-why$/gm)).toHaveLength(1);
    expect(stderr).toContain('BUILD_FAILED');
  });

  it('has colours where they are forced, and never a spinner', async () => {
    const { stdout } = await inPipe({ FORCE_COLOR: '1' });
    expect(stdout).toMatch(colour);
    expect(stdout).not.toMatch(spinner);
    expect(stdout).not.toMatch(redraw);
  });

  it('prints one event a line as JSON, the result last', async () => {
    const { code, stdout, stderr } = await inPipe({}, '--log-format', 'json');
    expect(code).toBe(1);
    expect(stderr).toBe('');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const phases = events.filter(({ event }) => event === 'phase-started').map(({ phase }) => phase);
    expect(phases).toEqual(phases.map((_, index) => index + 1));
    expect(
      events
        .filter(({ event }) => event === 'phase-finished')
        .map(({ phase }) => phase)
        .sort(),
    ).toEqual(phases);
    expect(events).toContainEqual(expect.objectContaining({ event: 'error', code: 'BUILD_FAILED' }));
    expect(events.at(-1)).toMatchObject({ event: 'result', title: 'build-remote', outcome: 'failed', exitStatus: 1 });
    expect(events.every(({ at }, index) => index === 0 || at >= events[index - 1].at)).toBe(true);
  });
});

/** What stays on the screen after lines up and clear; colours and carriage returns left out. */
function screen(text: string): string {
  let lines = [''];
  for (const part of text
    .replaceAll('\r', '')
    .replace(/\x1b\[\d+m/g, '')
    .split(/(\x1b\[\d+A\x1b\[J)/)) {
    const up = /^\x1b\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
    else {
      const [first = '', ...rest] = part.split('\n');
      lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest];
    }
  }
  return lines.join('\n');
}
