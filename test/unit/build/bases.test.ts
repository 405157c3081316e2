import { describe, expect, it } from 'vitest';
import { Bases } from '../../../packages/core/src/build/skip/bases.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

function basesOf(...chunks: string[]) {
  const bases = new Bases();
  for (const chunk of chunks) bases.read(chunk);
  return bases.known();
}

describe('the images a build was made from', () => {
  it('are read from the output, in any chunking', () => {
    const output = `#1 [internal] load build definition from Dockerfile
#2 [internal] load metadata for docker.io/library/node:24
#3 [internal] load metadata for registry.example.com:5000/base/run:1
#4 [build 1/3] FROM docker.io/library/node:24@${digest('a')}
#4 DONE 0.0s
#5 [stage-1 1/2] FROM registry.example.com:5000/base/run:1@${digest('b')}
`;
    const expected = { 'docker.io/library/node:24': digest('a'), 'registry.example.com:5000/base/run:1': digest('b') };
    expect(basesOf(output)).toEqual(expected);
    expect(basesOf(...output)).toEqual(expected);
  });

  it('include the frontend that the first line of a Dockerfile names', () => {
    const output = `#2 resolve image config for docker-image://docker.io/docker/dockerfile:1
#2 DONE 0.1s
#3 docker-image://docker.io/docker/dockerfile:1@${digest('c')}
`;
    expect(basesOf(output)).toEqual({ 'docker.io/docker/dockerfile:1': digest('c') });
  });

  it('are none for a build from scratch', () => {
    expect(basesOf('#1 [internal] load build definition from Dockerfile\n#2 [1/1] COPY . /\n')).toEqual({});
  });

  it('are unknown when the digest of one was not told, or something came from an address', () => {
    expect(basesOf('#2 [internal] load metadata for docker.io/library/node:24\n')).toBeUndefined();
    expect(basesOf('#5 [2/3] ADD --chmod=644 https://example.com/x.tar.gz /x\n')).toBeUndefined();
    expect(basesOf('#5 [2/3] ADD a.txt https://example.com/x.tar.gz /x/\n')).toBeUndefined();
    expect(basesOf('#5 [2/3] ADD ["https://example.com/x.tar.gz", "/x"]\n')).toBeUndefined();
    expect(basesOf('#5 [2/3] ADD git@github.com:acme/shop.git /x\n')).toBeUndefined();
    expect(basesOf('#5 [2/3] ADD files /x\n')).toEqual({});
  });
});
