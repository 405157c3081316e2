import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, connect as dialHere } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** Every byte there is, four times. */
const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256));

const report = { note: () => undefined, warn: () => undefined };

/** Whether any process has this text in its command line. */
async function runs(words: string, server: Server): Promise<boolean> {
  const { exitCode } = await server.script(
    `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$f" 2>/dev/null | grep -q '^${words}' && exit 0; done; exit 1`,
    {
      accept: 'any',
    },
  );
  return exitCode === 0;
}

describe.each(['ssh', 'local'])('a server reached by %s', (kind) => {
  let sshd: Sshd;
  let server: Server;
  let folder: string;

  beforeAll(async () => {
    sshd = await startSshd();
    server = await connect(kind === 'local' ? { ...sshd.target, host: 'local' } : sshd.target, { report });
    folder = await mkdtemp(join(tmpdir(), 'drayage-server-'));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('knows the account from the start', () => {
    expect(server.account).toMatchObject({ user: 'root', uid: 0, privilege: 'root', stateDir: '/var/lib/drayage' });
    expect(server.account.bootId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps the private folder to the account', async () => {
    const { mode } = await stat(server.account.runDir);
    expect((mode & 0o777).toString(8)).toBe('700');
  });

  describe('scripts', () => {
    it('return both streams and the exit status', async () => {
      expect(await server.script('echo out; echo err >&2; printf no-newline; exit 3', { accept: [3] })).toEqual({
        stdout: 'out\nno-newline',
        stderr: 'err\n',
        exitCode: 3,
      });
    });

    it('leave nothing behind for the next one: no variable, folder or exit', async () => {
      await server.script('x=1; cd /; set -e; exec true');
      expect((await server.script('echo "[$x]"; false; pwd')).stdout).not.toContain('/\n/');
      expect((await server.script('echo "[$x]"')).stdout).toBe('[]\n');
    });

    it('have no input, unless it is given', async () => {
      expect((await server.script('cat; echo end')).stdout).toBe('end\n');
      expect((await server.script('cat; echo end', { stdin: 'in\n' })).stdout).toBe('in\nend\n');
      expect((await server.script('cat', { stdin: Readable.from(['a', 'b']) })).stdout).toBe('ab');
    });

    it('survive a syntax error in one of them', async () => {
      await expect(server.script('if')).rejects.toMatchObject({ code: 'REMOTE_COMMAND_FAILED' });
      expect((await server.script('echo fine')).stdout).toBe('fine\n');
    });

    it('may kill the shell they run in, without harm to others', async () => {
      await expect(server.script('kill -KILL $$')).rejects.toMatchObject({ code: 'REMOTE_COMMAND_FAILED' });
      expect((await server.script('echo fine')).stdout).toBe('fine\n');
    });

    it('get their environment without showing it in any command line', async () => {
      const secret = "s3cret 'quoted' $HOME\nsecond line";
      const { stdout } = await server.script(
        `printf %s "$TOKEN"; printf '\\n'; cat /proc/[0-9]*/cmdline | tr '\\0' ' '`,
        { env: { TOKEN: secret } },
      );
      expect(stdout.startsWith(`${secret}\n`)).toBe(true);
      expect(stdout.slice(secret.length)).not.toContain('s3cret');
    });

    it("do not inherit the runner's environment", async () => {
      process.env.RUNNER_TOKEN = 'hidden';
      try {
        await using fresh = await connect(kind === 'local' ? { ...sshd.target, host: 'local' } : sshd.target, {
          report,
        });
        const { stdout } = await fresh.script('env; cat /proc/$$/environ | tr "\\0" "\\n"');
        expect(stdout).toContain('PATH=');
        expect(stdout).not.toContain('RUNNER_TOKEN');
      } finally {
        delete process.env.RUNNER_TOKEN;
      }
    });

    it('stream their output as it comes', async () => {
      const seen: { at: number; chunk: string }[] = [];
      const begun = Date.now();
      await server.script('echo one; sleep 0.5; echo two >&2', {
        onOutput: (chunk) => seen.push({ at: Date.now() - begun, chunk }),
      });
      expect(seen.map(({ chunk }) => chunk)).toEqual(['one\n', 'two\n']);
      expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThan(400);
    });

    it('may print much', async () => {
      const { stdout } = await server.script("head -c 20000000 /dev/zero | tr '\\0' x");
      expect(stdout.length).toBe(20_000_000);
    });

    it('run side by side, more than there are channels', async () => {
      const results = await Promise.all(
        Array.from({ length: 24 }, (_, index) => server.script(`sleep 0.1; echo ${index}`)),
      );
      expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 24 }, (_, index) => `${index}\n`));
    });

    it('carry any byte but NUL', async () => {
      const value = fc.string({ unit: 'binary', maxLength: 200 }).map((raw) => raw.replaceAll('\0', ''));
      await fc.assert(
        fc.asyncProperty(value, value, async (inText, inEnv) => {
          const quoted = `'${inText.replaceAll("'", `'\\''`)}'`;
          const { stdout } = await server.script(`printf %s ${quoted}; printf '|%s' "$V"`, { env: { V: inEnv } });
          expect(stdout).toBe(`${inText}|${inEnv}`);
          const streamed = await server.script(`printf %s ${quoted}; printf '|%s|' "$V"; cat`, {
            env: { V: inEnv },
            stdin: inText,
          });
          expect(streamed.stdout).toBe(`${inText}|${inEnv}|${inText}`);
        }),
        { numRuns: 25 },
      );
    });
  });

  describe('programs', () => {
    it('get every argument as it is', async () => {
      const argv = ['printf', '%s|', '', "it's", '$HOME', '*', 'a b', '\n', '-x'] as const;
      expect((await server.run(argv)).stdout).toBe("|it's|$HOME|*|a b|\n|-x|");
    });

    it('that fail are named, with status and last line', async () => {
      await expect(server.run(['sh', '-c', 'echo first >&2; echo last words >&2; exit 18'])).rejects.toMatchObject({
        code: 'REMOTE_COMMAND_FAILED',
        message: '`sh` on web1 ended with status 18: last words',
        output: 'first\nlast words\n',
      });
      await expect(server.run(['no-such-program', 'pull'])).rejects.toThrow(
        '`no-such-program pull` on web1 ended with status 127',
      );
    });

    it('may fail with a status that was foreseen', async () => {
      expect((await server.run(['false'], { accept: [0, 1] })).exitCode).toBe(1);
    });

    it('are ended with all they started when time is up', async () => {
      const begun = Date.now();
      await expect(server.run(['sh', '-c', 'sleep 7301 & sleep 7301'], { timeout: 300 })).rejects.toMatchObject({
        code: 'REMOTE_TIMEOUT',
        message: '`sh` on web1 took longer than 0.3 s and was ended.',
      });
      expect(Date.now() - begun).toBeLessThan(5000);
      expect(await runs('sleep 7301', server)).toBe(false);
    });

    it('that ignore TERM are killed when the run is cancelled', async () => {
      const stop = new AbortController();
      const running = server.run(['sh', '-c', 'trap "" TERM; while :; do sleep 7302; done'], {
        signal: stop.signal,
        stdin: 'x',
      });
      await sleep(500);
      stop.abort();
      const begun = Date.now();
      await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(Date.now() - begun).toBeLessThan(5000);
      expect(await runs('sleep 7302', server)).toBe(false);
    });

    it('are not started for a run that was cancelled before', async () => {
      await expect(server.run(['touch', join(folder, 'never')], { signal: AbortSignal.abort() })).rejects.toMatchObject(
        { code: 'CANCELLED' },
      );
      await expect(stat(join(folder, 'never'))).rejects.toThrow('ENOENT');
    });
  });

  describe('files', () => {
    it.each([
      ['text', "it's\n\n€ "],
      ['nothing', ''],
      ['any bytes', bytes],
      ['bytes that are not UTF-8, without NUL', bytes.filter((byte) => byte !== 0)],
      ['much', Buffer.alloc(3_000_000, 7)],
    ])('arrive and return byte for byte: %s', async (_what, content) => {
      const path = join(folder, 'deep', "it's a file");
      await server.upload(path, content, 0o640);
      expect((await server.read(path))?.equals(Buffer.from(content as string))).toBe(true);
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe('640');
      expect(((await stat(join(folder, 'deep'))).mode & 0o777).toString(8)).toBe('700');
    });

    it('may come from a stream', async () => {
      await server.upload(join(folder, 'streamed'), Readable.from([Buffer.from('a\0'), Buffer.from('b')]));
      expect(await readFile(join(folder, 'streamed'), 'latin1')).toBe('a\0b');
      expect(((await stat(join(folder, 'streamed'))).mode & 0o777).toString(8)).toBe('600');
    });

    it('are replaced whole, never in part: a source that fails changes nothing', async () => {
      const path = join(folder, 'kept');
      await writeFile(path, 'old');
      const failing = Readable.from(
        (async function* () {
          yield Buffer.alloc(100_000);
          throw new Error('the disk of the runner');
        })(),
      );
      await expect(server.upload(path, failing)).rejects.toThrow('the disk of the runner');
      expect(await readFile(path, 'utf8')).toBe('old');
      expect((await readdir(folder)).filter((name) => name.startsWith('.drayage'))).toEqual([]);
    });

    it('that do not exist are undefined; those that cannot be read or written say why', async () => {
      expect(await server.read(join(folder, 'none'))).toBeUndefined();
      await expect(server.read(folder)).rejects.toMatchObject({ code: 'REMOTE_FILE_FAILED' });
      await expect(server.upload('/proc/nowhere/file', 'x')).rejects.toMatchObject({ code: 'REMOTE_FILE_FAILED' });
    });
  });

  describe('connections', () => {
    it('to a port and to a socket carry bytes both ways', async () => {
      const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
      const path = join(folder, 'echo.sock');
      const local = createServer((socket) => socket.pipe(socket)).listen(path);
      await Promise.all([once(echo, 'listening'), once(local, 'listening')]);
      const address = echo.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      for (const stream of [await server.dial('127.0.0.1', port), await server.dialUnix(path)]) {
        stream.end('hello');
        expect(await text(stream)).toBe('hello');
        stream.destroy();
      }
      echo.close();
      local.close();
    });

    it('to a port of the server reach this process, until it is closed', async () => {
      const listener = await server.listen(0, (stream) => void stream.pipe(stream));
      const talk = async (): Promise<string> => {
        const socket = dialHere(listener.port, '127.0.0.1').end('hello');
        return text(socket);
      };
      expect(await Promise.all([talk(), talk(), talk()])).toEqual(['hello', 'hello', 'hello']);
      await expect(server.listen(listener.port, () => undefined)).rejects.toMatchObject({
        code: 'SSH_FORWARDING_REFUSED',
        message: expect.stringContaining(`port ${listener.port}`),
      });
      await listener.close();
      await expect(talk()).rejects.toThrow('ECONNREFUSED');
    });

    it('that are refused say where to', async () => {
      await expect(server.dialUnix(join(folder, 'none.sock'))).rejects.toMatchObject({
        code: 'SSH_FORWARDING_REFUSED',
      });
      await expect(server.dial('127.0.0.1', 1)).rejects.toMatchObject({ code: 'SSH_FORWARDING_REFUSED' });
    });

    it('to a program carry bytes both ways, and fail with its last words', async () => {
      const stream = await server.pipe(['cat']);
      stream.end(bytes);
      expect(Buffer.concat(await stream.toArray()).equals(bytes)).toBe(true);
      const failing = await server.pipe(['sh', '-c', 'echo no >&2; exit 1']);
      await expect(failing.toArray()).rejects.toThrow('no');
    });

    it('to a program that are given up half-way leave room for others', async () => {
      // More than a connection has sessions for, each with more on its way than anybody reads.
      for (let round = 0; round < 24; round += 1) {
        const stream = await server.pipe(['sh', '-c', 'exec head -c 50000000 /dev/zero']);
        await once(stream, 'readable');
        stream.on('error', () => undefined).destroy(new Error('enough'));
      }
      expect((await server.run(['echo', 'here'])).stdout).toBe('here\n');
    });
  });
});
