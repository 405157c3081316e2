import { expect, it } from 'vitest';
import { keyOf } from '../../../packages/core/src/build/skip/skip.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';

/** The key of a service whose build is this, where a secret has this value. */
async function key(build: object, secret: string): Promise<string> {
  const text = JSON.stringify({
    project: 'shop',
    servers: { b: { host: 'b', role: 'both' } },
    services: { web: { source: { path: '.' }, image: 'ghcr.io/a/web', build, deploy: { mode: 'standalone' } } },
  });
  const { project } = await loadProject({ text, file: 'drayage.yml', secrets: { TOKEN: secret } });
  const [service] = project.services;
  if (service?.build === undefined) throw new Error('no build');
  const task = { project, service, build: service.build, server: 'b', git: {} };
  return keyOf(task, 'tree');
}

const token = '${' + '{ secrets.TOKEN }}';

it.each([
  ['an argument', { type: 'dockerfile', args: { API_KEY: token } }],
  ['a variable', { type: 'railpack', env: { API_KEY: token } }],
  ['a secret of a tool that knows only variables', { type: 'railpack', secrets: { API_KEY: token } }],
])('another value of %s needs another image, and the key tells nothing of it', async (_what, build) => {
  const [one, same, other] = await Promise.all([key(build, 'one'), key(build, 'one'), key(build, 'other')]);
  expect(one).toBe(same);
  expect(one).not.toBe(other);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
});

it("a secret of a Dockerfile is none of it, as for BuildKit's own cache", async () => {
  const build = { type: 'dockerfile', secrets: { NPM_TOKEN: token } };
  expect(await key(build, 'one')).toBe(await key(build, 'other'));
});
