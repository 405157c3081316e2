import { describe, expect, it } from 'vitest';
import { inputsOf, keyOf } from '../../../packages/core/src/build/skip/skip.ts';
import { load, withService } from '../config/loading.ts';

async function taskOf(build: object, platforms?: readonly string[]) {
  const service = { source: { path: '.' }, build: { servers: ['builder'], ...build }, deploy: { servers: ['node-1'] } };
  const text = withService(
    Object.entries(service)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join('\n'),
  );
  const { project } = await load(text);
  const [web] = project.services;
  if (web?.build === undefined) throw new Error('The service builds nothing.');
  return { project, service: web, build: web.build, platforms };
}
const inputs = async (build: object, platforms?: readonly string[]) => inputsOf(await taskOf(build, platforms));

describe('what goes into an image beside its source', () => {
  it.each<[string, object]>([
    ['arguments', { args: { VERSION: 'two' } }],
    ['the target', { target: 'tests' }],
    ['the platforms', { platforms: ['linux/arm64'] }],
    ['the type', { type: 'static' }],
  ])('has %s in it', async (_what, build) => {
    expect(await inputs(build)).not.toBe(await inputs({}));
  });

  it('has nothing in it of how a build proceeds', async () => {
    expect(await inputs({ timeout: '5m', 'no-cache': true, driver: 'docker' })).toBe(await inputs({}));
  });

  it('has the platforms of a part in it, where several servers build', async () => {
    const both = { platforms: ['linux/amd64', 'linux/arm64'] };
    expect(await inputs(both, ['linux/arm64'])).toBe(await inputs({ platforms: ['linux/arm64'] }));
  });

  it('does not depend on the source, as the key does', async () => {
    const task = await taskOf({});
    expect(keyOf(task, 'one')).not.toBe(keyOf(task, 'other'));
    expect([keyOf(task, 'one'), keyOf(task, 'other')]).not.toContain(inputsOf(task));
  });
});
