import { expect, it } from 'vitest';
import { batchScript, parseBatch } from '../../../packages/core/src/docker/api-batch.ts';

it('reads responses with a length, in chunks, and without a body', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"b":\r\n4\r\n"ü"\r\n1\r\n}\r\n0\r\n\r\n';
  const output = `HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a":"é"}HTTP/1.1 204 No Content\r\n\r\n${chunked}HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope\n`;
  expect(parseBatch(output)).toMatchObject([
    { status: 200, body: { a: 'é' } },
    { status: 204, body: undefined },
    { status: 200, body: { b: 'ü' } },
    { status: 404, body: undefined },
  ]);
});

it('reads as much as there is when the engine went away', () => {
  expect(parseBatch('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 O')).toEqual([
    { status: 200, headers: new Map([['content-length', '2']]), body: {} },
  ]);
  expect(parseBatch('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}')).toEqual([]);
  expect(parseBatch('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')).toEqual([]);
  expect(parseBatch('')).toEqual([]);
});

it('asks for the end of the connection with the last request only', () => {
  const script = batchScript([{ path: '/info' }, { path: '/images/a/json', headers: { 'X-Registry-Auth': 'abc' } }]);
  expect(script.match(/Connection: close/g)).toHaveLength(1);
  expect(script).toContain('GET /images/a/json HTTP/1.1\r\nHost: docker\r\nX-Registry-Auth: abc\r\nConnection: close');
});
