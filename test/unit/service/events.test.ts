import { describe, expect, it } from 'vitest';
import { eventReader, type JobEvent } from '../../../packages/core/src/service/events.ts';
import { deployError, failureOf } from '../../../packages/core/src/service/failures.ts';

function read(chunks: readonly string[]) {
  const events: JobEvent[] = [];
  const lines: string[] = [];
  const reader = eventReader(
    (event) => events.push(event),
    (line) => lines.push(line),
  );
  for (const chunk of chunks) reader(chunk);
  return { events, lines };
}

describe('eventReader', () => {
  it('puts events together however they are cut, and hands on all other lines', () => {
    const { events, lines } = read(['a line\n@dray', 'age {"event":"switched","at":12}', '\nanother\n']);
    expect(events).toEqual([{ event: 'switched', at: 12 }]);
    expect(lines).toEqual(['a line', 'another']);
  });

  it.each(['@drayage {"event":"switched"}', '@drayage {"event":"unknown","at":1}', '@drayage {', '@drayage'])(
    'hands on what only looks like an event: %s',
    (line) => {
      expect(read([`${line}\n`])).toEqual({ events: [], lines: [line] });
    },
  );
});

describe('deployError', () => {
  const errorOf = (message: string, code = 'DEPLOY_EXITED', text = '') => {
    const tail = Buffer.from(text).toString('base64');
    const { events } = read([
      `@drayage {"event":"tail","at":1,"container":"web-1","text":"${tail}"}\n`,
      `@drayage {"event":"failed","at":2,"code":"${code}","message":${JSON.stringify(message)}}\n`,
    ]);
    const failure = failureOf('node-1', events, true);
    if (failure === undefined) throw new Error('There is no failure.');
    return deployError(failure);
  };

  it('says where, what, that the old version serves on, and shows the last lines', () => {
    const error = errorOf(
      'Container web-1 exited with status 3 before it was healthy',
      'DEPLOY_EXITED',
      'bad\nworse\n',
    );
    expect(error).toMatchObject({
      code: 'DEPLOY_EXITED',
      message: 'node-1: Container web-1 exited with status 3 before it was healthy. The version before it serves on.',
      output: 'Last lines of web-1:\nbad\nworse',
    });
  });

  it.each([
    ['exited with status 1.', 'Error: Cannot find module "x"', '.dockerignore'],
    ['exited with status 127.', '', 'deploy.command'],
    ['exited with status 0.', '', 'foreground'],
    ['exited with status 1.', 'exec format error', 'build.platforms'],
    ['was killed because it used more memory than it may (exit status 137).', '', 'resources.memory'],
    ['exited with status 1.', 'connect ECONNREFUSED 10.0.0.2:5432', 'deploy.env'],
  ])('gives advice: %s %s', (message, text, advice) => {
    expect(errorOf(message, 'DEPLOY_EXITED', text).hint).toContain(advice);
  });

  it.each([
    ['nothing answers on port 3000.', '0.0.0.0'],
    ['GET / on port 3000 answered 404: .', 'health.http'],
    ['GET / on port 3000 answered 401: .', 'without a login'],
  ])('gives advice on health: %s', (message, advice) => {
    expect(errorOf(message, 'DEPLOY_UNHEALTHY').hint).toContain(advice);
  });
});
