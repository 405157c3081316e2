import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Server as NetServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { engineOn } from '../../../packages/core/src/docker/client.ts';
import {
  demultiplex,
  engineEvents,
  inspectContainer,
  lastLines,
} from '../../../packages/core/src/docker/containers.ts';
import { statusOf } from '../../../packages/core/src/docker/failure.ts';
import { inspectImage, pullImage } from '../../../packages/core/src/docker/images.ts';
import { jsonLines } from '../../../packages/core/src/docker/progress.ts';
import type { Server } from '../../../packages/core/src/transport/server.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const open: NetServer[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** An engine that answers as told, and the server it runs on. `direct: false`: only `docker system dial-stdio` reaches it. */
async function fakeEngine(answer: Answer, { direct = true } = {}) {
  const http = createServer(answer).listen(0, '127.0.0.1');
  http.keepAliveTimeout = 60_000;
  await once(http, 'listening');
  open.push(http);
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const dialled: string[] = [];
  const dial = async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const server: Pick<Server, 'name' | 'account' | 'dialUnix' | 'pipe'> = {
    name: 'web1',
    account: {
      user: 'deploy',
      uid: 1000,
      home: '/home/deploy',
      privilege: 'docker-group',
      stateDir: '',
      runDir: '',
      bootId: '',
    },
    dialUnix: async (path) => {
      dialled.push(path);
      if (!direct) throw new Error('administratively prohibited');
      return dial();
    },
    pipe: async (argv) => {
      dialled.push(argv.join(' '));
      return dial();
    },
  };
  return { engine: engineOn(server as Server), dialled, server: server as Server };
}

const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('the engine', () => {
  it('is asked over the socket, and a connection is used again', async () => {
    const { engine, dialled } = await fakeEngine((_request, response) => json(response, 200, { Version: '27' }));
    for (let count = 0; count < 3; count++) {
      expect((await engine.call('Asking', (docker) => docker.version())).Version).toBe('27');
    }
    expect(dialled).toEqual(['/var/run/docker.sock']);
    engine.close();
  });

  it('is asked through the docker program where forwarding is refused, without trying again each time', async () => {
    const { engine, dialled } = await fakeEngine(
      (_request, response) => response.writeHead(200, { connection: 'close' }).end('OK'),
      { direct: false },
    );
    await engine.call('Asking', (docker) => docker.ping());
    await engine.call('Asking', (docker) => docker.ping());
    expect(dialled).toEqual(['/var/run/docker.sock', 'docker system dial-stdio', 'docker system dial-stdio']);
    engine.close();
  });

  it('that refuses is quoted, with the status kept', async () => {
    const { engine } = await fakeEngine((_request, response) =>
      json(response, 409, { message: 'container web is running' }),
    );
    const error: unknown = await engine
      .call('Removing container web', (docker) => docker.getContainer('web').remove())
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'DOCKER_FAILED',
      message: 'Removing container web on web1 was refused by the engine: container web is running',
    });
    expect(statusOf(error)).toBe(409);
    engine.close();
  });

  it('that hangs is given up', async () => {
    const { engine } = await fakeEngine(() => undefined);
    await expect(engine.call('Asking', (docker) => docker.ping(), { timeout: 200 })).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: 'Asking on web1: the engine gave no answer within 0.2 s.',
    });
  });

  it.each([
    ['dial unix /var/run/docker.sock: connect: permission denied', 'DOCKER_DENIED'],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'DOCKER_UNREACHABLE',
    ],
    ['sh: 7: exec: docker: not found', 'DOCKER_MISSING'],
    ['sh: line 3: exec: docker: not found', 'DOCKER_MISSING'],
  ])('that cannot be reached (%s) is explained: %s', async (said, code) => {
    const { server } = await fakeEngine(() => undefined);
    const failing = {
      ...server,
      dialUnix: () => Promise.reject(new Error('no')),
      pipe: () => Promise.reject(new Error(said)),
    };
    await expect(engineOn(failing).call('Asking', (docker) => docker.ping())).rejects.toMatchObject({ code });
  });

  it('without the thing asked for answers undefined', async () => {
    const { engine } = await fakeEngine((_request, response) => json(response, 404, { message: 'no such thing' }));
    expect(await inspectContainer(engine, 'web')).toBeUndefined();
    expect(await inspectImage(engine, 'app:1')).toBeUndefined();
    expect(await lastLines(engine, 'web', 5)).toEqual([]);
    engine.close();
  });
});

describe('pulling', () => {
  it('sends the password in a header, names one tag, and tells the progress', async () => {
    const seen: { url?: string; login?: unknown }[] = [];
    const { engine } = await fakeEngine((request, response) => {
      seen.push({
        url: request.url,
        login: JSON.parse(Buffer.from(String(request.headers['x-registry-auth']), 'base64url').toString()),
      });
      response.write('{"status":"Pulling fs layer","id":"aa"}\n{"status":"Downloading","id":"aa","progress');
      response.end('Detail":{"current":1,"total":4}}\n{"status":"Status: done"}\n');
    });
    const progress: unknown[] = [];
    await pullImage(engine, 'registry.example:5000/app', {
      login: { username: 'bot', password: 'pw', registry: 'registry.example:5000' },
      platform: 'linux/arm64',
      onProgress: (step) => progress.push(step),
    });
    expect(seen).toEqual([
      {
        url: '/images/create?fromImage=registry.example%3A5000%2Fapp%3Alatest&platform=linux%2Farm64',
        login: { username: 'bot', password: 'pw', serveraddress: 'registry.example:5000' },
      },
    ]);
    expect(progress).toEqual([
      { layer: 'aa', status: 'Pulling fs layer', done: undefined, total: undefined },
      { layer: 'aa', status: 'Downloading', done: 1, total: 4 },
    ]);
    engine.close();
  });

  const failures = [
    ['manifest for app:1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    ["pull access denied for app, repository does not exist or may require 'docker login'", 'IMAGE_NOT_FOUND'],
    ['no matching manifest for linux/arm64 in the manifest list entries', 'IMAGE_NOT_FOUND'],
    ['Head "https://r/v2/app/manifests/1": unauthorized: authentication required', 'REGISTRY_DENIED'],
    ['Head "http://r/v2/app/manifests/1": no basic auth credentials', 'REGISTRY_DENIED'],
    ['denied: requested access to the resource is denied', 'REGISTRY_DENIED'],
    ['toomanyrequests: You have reached your unauthenticated pull rate limit.', 'REGISTRY_RATE_LIMITED'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'DISK_FULL'],
    ['Get "https://r/v2/": dial tcp: lookup r: no such host', 'REGISTRY_UNREACHABLE'],
    ['Get "https://r/v2/": x509: certificate signed by unknown authority', 'REGISTRY_UNREACHABLE'],
    ['filesystem layer verification failed', 'DOCKER_FAILED'],
  ] as const;

  it.each(failures)('explains an answer: %s', async (message, code) => {
    const { engine } = await fakeEngine((_request, response) => json(response, 500, { message }));
    await expect(pullImage(engine, 'app:1')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^Image app:1 .* \(web1\): /),
    });
    engine.close();
  });

  it.each(failures)('explains the same in the stream: %s', async (message, code) => {
    const { engine } = await fakeEngine((_request, response) =>
      response.end(`{"status":"Pulling"}\n${JSON.stringify({ errorDetail: { message }, error: message })}\n`),
    );
    await expect(pullImage(engine, 'app:1')).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    engine.close();
  });
});

describe('streams of the engine', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  it('lose the frame headers of a log, and keep a log that has none', () => {
    expect(demultiplex(Buffer.concat([frame(1, 'out\n'), frame(2, 'err €\n'), frame(1, '')])).toString()).toBe(
      'out\nerr €\n',
    );
    expect(demultiplex(Buffer.from('plain text of a terminal\n')).toString()).toBe('plain text of a terminal\n');
    expect(demultiplex(frame(1, 'cut off').subarray(0, 12)).toString()).toBe('cut ');
  });

  it('give the last lines of a container', async () => {
    const { engine } = await fakeEngine((request, response) => {
      expect(request.url).toBe('/containers/web/logs?stdout=true&stderr=true&tail=2&follow=false');
      response.end(Buffer.concat([frame(1, 'one\r\n'), frame(2, 'two\n')]));
    });
    expect(await lastLines(engine, 'web', 2)).toEqual(['one', 'two']);
    engine.close();
  });

  it('give JSON objects however their bytes are cut', async () => {
    const text = Buffer.from('{"a":"€"}\r\n\n{"b":1}');
    for (let cut = 0; cut < text.length; cut++) {
      const found: unknown[] = [];
      const chunks = async function* () {
        yield text.subarray(0, cut);
        yield text.subarray(cut);
      };
      for await (const line of jsonLines(chunks())) found.push(line);
      expect(found).toEqual([{ a: '€' }, { b: 1 }]);
    }
  });

  it('give events until they are not wanted any more', async () => {
    const { engine } = await fakeEngine((request, response) => {
      expect(new URL(request.url ?? '', 'http://x').searchParams.get('filters')).toBe('{"container":["web"]}');
      response.write(
        '{"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"exitCode":"3"}},"time":5}\n',
      );
    });
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const event of engineEvents(engine, { container: ['web'] }, stop.signal)) {
      seen.push(event);
      stop.abort();
    }
    expect(seen).toEqual([{ type: 'container', action: 'die', id: 'c1', attributes: { exitCode: '3' }, time: 5 }]);
    engine.close();
  });
});
