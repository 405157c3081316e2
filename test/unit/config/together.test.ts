import { describe, expect, it } from 'vitest';
import { base, errorsOf } from './loading.ts';

describe('what is wrong is told together', () => {
  it('below a key that is no name', async () => {
    const text = `${base}services:
  Web App:
    replica: 2
    deploy: { replicas: many, servers: [nod-1] }
  api: { deploy: { drain: x } }
`;
    expect(await errorsOf(text)).toEqual([
      expect.stringMatching(/^6:3 CONFIG_INVALID "Web App" cannot be a key of services; expected lower-case/),
      expect.stringMatching(/^7:5 CONFIG_INVALID Unknown key "replica" in services\["Web App"\]\./),
      expect.stringMatching(/^8:25 CONFIG_INVALID services\["Web App"\]\.deploy\.replicas is "many"; expected/),
      expect.stringMatching(/^8:41 CONFIG_INVALID services\["Web App"\]\.deploy\.servers names the server "nod-1"/),
      expect.stringMatching(/^9:27 CONFIG_INVALID services\.api\.deploy\.drain is "x"/),
    ]);
  });

  it('below several of them, also in an environment and a server', async () => {
    const text = `project: shop
servers: { "a b": { prot: 1, host: x }, "c d": { host: y, port: z } }
environments: { Prod: { services: { web: {} }, serves: [] }, production: {} }
services: { web: { deploy: { servers: ["a b"] } } }
`;
    const errors = await errorsOf(text);
    for (const part of [
      '"a b" cannot be',
      'Unknown key "prot"',
      '"c d" cannot be',
      '.port is "z"',
      '"Prod" cannot be',
    ]) {
      expect(errors.join('\n')).toContain(part);
    }
    expect(errors.join('\n')).toContain('Unknown key "serves"');
    expect(errors.join('\n')).not.toContain('renamed-');
  });

  it('a server that does not exist and a field of the same service', async () => {
    const text = `${base}services:
  web: { deploy: { servers: [nod-1], drain: x }, build: { servers: [biulder] } }
`;
    expect(await errorsOf(text)).toEqual([
      expect.stringContaining('services.web.deploy.servers names the server "nod-1", which does not exist.'),
      expect.stringContaining('services.web.deploy.drain is "x"'),
      expect.stringContaining('services.web.build.servers names the server "biulder", which does not exist.'),
    ]);
  });

  it('a reference without quotes and everything else', async () => {
    const text = `${base}services:
  web:
    deploy:
      env:
        A: \${{ secrets.A }}
      replica: 2
      drain: x
`;
    expect(await errorsOf(text)).toEqual([
      expect.stringMatching(
        /^9:12 CONFIG_REFERENCE_UNQUOTED The reference \$\{\{ secrets\.A \}\} must stand in quotes/,
      ),
      expect.stringMatching(/^10:7 CONFIG_INVALID Unknown key "replica"/),
      expect.stringMatching(/^11:14 CONFIG_INVALID services\.web\.deploy\.drain is "x"/),
    ]);
  });

  it('a reference without quotes in braces, whose places are those of the file', async () => {
    const text = `${base}services:
  web: { image: a/\${{ env.A }}, deploy: { env: { B: \${{ env.B }}, C: c }, drain: x } }
  api: { image: "a/b", deploy: { replicas: many } }
`;
    expect(await errorsOf(text)).toEqual([
      expect.stringMatching(/^6:17 CONFIG_REFERENCE_UNQUOTED The reference a\/\$\{\{ env\.A \}\} must/),
      expect.stringMatching(/^6:53 CONFIG_REFERENCE_UNQUOTED The reference \$\{\{ env\.B \}\} must/),
      expect.stringMatching(/^6:82 CONFIG_INVALID services\.web\.deploy\.drain is "x"/),
      expect.stringMatching(/^7:44 CONFIG_INVALID services\.api\.deploy\.replicas is "many"/),
    ]);
  });

  it('and a reference without quotes alone stays one error', async () => {
    const text = `${base}services:\n  web:\n    image: \${{ env.IMAGE }}\n`;
    expect(await errorsOf(text)).toEqual([expect.stringContaining('CONFIG_REFERENCE_UNQUOTED')]);
  });
});
