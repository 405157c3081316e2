import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { engineOn } from '../../../packages/core/src/docker/client.ts';
import { statusOf } from '../../../packages/core/src/docker/failure.ts';
import { DrayageError } from '../../../packages/core/src/errors/drayage-error.ts';
import type { Server } from '../../../packages/core/src/transport/server.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface FakeOptions {
  readonly direct?: boolean;
  readonly account?: Partial<Server['account']>;
}

const open: NetServer[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** An engine that answers as told, and the server it runs on. `direct: false`: only `docker system dial-stdio` reaches it. */
async function fakeEngine(answer: Answer, { direct = true, account = {} }: FakeOptions = {}) {
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
      ...account,
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

  it('is asked many things at once, and each is given its own answer', async () => {
    const { engine } = await fakeEngine(async (request, response) => {
      await sleep(20);
      json(response, 200, { Id: request.url });
    });
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const answers = await Promise.all(
      names.map((name) => engine.call('Asking', (docker) => docker.getContainer(name).inspect())),
    );
    expect(answers.map(({ Id }) => Id)).toEqual(names.map((name) => `/containers/${name}/json`));
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

  it('of an account with sudo is asked with the rights of sudo, never over the socket', async () => {
    const { engine, dialled } = await fakeEngine((_request, response) => response.end('OK'), {
      account: { privilege: 'sudo' },
    });
    await engine.call('Asking', (docker) => docker.ping());
    expect(dialled).toEqual(['docker system dial-stdio']);
    engine.close();
  });

  it('of an account that runs one of its own is asked over that socket', async () => {
    const { engine, dialled } = await fakeEngine((_request, response) => response.end('OK'), {
      account: { privilege: 'none', dockerSocket: '/run/user/1000/docker.sock' },
    });
    await engine.call('Asking', (docker) => docker.ping());
    expect(dialled).toEqual(['/run/user/1000/docker.sock']);
    engine.close();
  });

  it('of a server whose connection is lost is not looked for through the docker program', async () => {
    const { server, dialled } = await fakeEngine(() => undefined);
    const lost = new DrayageError('SSH_CONNECTION_LOST', 'The connection to web1 was lost.');
    const engine = engineOn({ ...server, dialUnix: () => Promise.reject(lost) });
    await expect(engine.call('Asking', (docker) => docker.ping())).rejects.toBe(lost);
    expect(dialled).toEqual([]);
  });

  it('that ends a connection is given a new one for the next request', async () => {
    const { engine, dialled } = await fakeEngine((request, response) => {
      response.end('OK');
      response.once('close', () => request.socket.end());
    });
    for (let count = 0; count < 2; count++) {
      await engine.call('Asking', (docker) => docker.ping());
      await sleep(50);
    }
    expect(dialled).toEqual(['/var/run/docker.sock', '/var/run/docker.sock']);
    engine.close();
  });

  it.each([
    [404, 'No such container: web'],
    [409, 'container web is running'],
    [500, 'filesystem layer verification failed'],
  ])('that refuses with %i is quoted, with the status kept', async (status, message) => {
    const { engine } = await fakeEngine((_request, response) => json(response, status, { message }));
    const error: unknown = await engine
      .call('Removing container web', (docker) => docker.getContainer('web').remove())
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'DOCKER_FAILED',
      message: `Removing container web on web1 was refused by the engine: ${message}`,
    });
    expect(statusOf(error)).toBe(status);
    engine.close();
  });

  it('that hangs is given up', async () => {
    const { engine } = await fakeEngine(() => undefined);
    await expect(engine.call('Asking', (docker) => docker.ping(), { timeout: 200 })).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: 'Asking on web1: the engine gave no answer within 0.2 s.',
    });
  });

  it('that was given up is asked again over another connection', async () => {
    let requests = 0;
    const { engine, dialled } = await fakeEngine((_request, response) => {
      requests += 1;
      if (requests > 1) response.end('OK');
    });
    await expect(engine.call('Asking', (docker) => docker.ping(), { timeout: 200 })).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
    });
    expect(String(await engine.call('Asking', (docker) => docker.ping()))).toBe('OK');
    expect(dialled.length).toBe(2);
    engine.close();
  });

  it('may take as long as it needs where no limit is set', async () => {
    const { engine } = await fakeEngine(async (_request, response) => {
      await sleep(100);
      response.end('OK');
    });
    expect(String(await engine.call('Asking', (docker) => docker.ping(), { timeout: 0 }))).toBe('OK');
    engine.close();
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

  it('streams, and learns when nobody listens any more', async () => {
    let asked: string | undefined;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const { engine } = await fakeEngine((request, response) => {
      asked = request.url;
      const line = Buffer.from('{"Action":"die","name":"café"}\n');
      response.write(line.subarray(0, -4));
      setTimeout(() => response.write(line.subarray(-4)), 50);
      response.once('close', leave);
    });
    const stream = await engine.call('Watching', (docker) =>
      docker.getEvents({ filters: JSON.stringify({ container: ['web'] }) }),
    );
    stream.setEncoding('utf8');
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk;
      if (seen.endsWith('\n')) break;
    }
    expect(asked).toBe('/events?filters=%7B%22container%22%3A%5B%22web%22%5D%7D');
    expect(seen).toBe('{"Action":"die","name":"café"}\n');
    await left;
    engine.close();
  });
});
