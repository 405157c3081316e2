import { expect, it } from 'vitest';
import type { Project, RegistrySpec } from '../../../packages/core/src/config/model.ts';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { lifetimeOf } from '../../../packages/core/src/registry/lifetime.ts';
import { loggedIn, withLogins } from '../../../packages/core/src/registry/login.ts';
import type { Report } from '../../../packages/core/src/report/report.ts';
import { type Answer, startApi } from './provider/api-server.ts';

const masked: string[] = [];
const report = { mask: (value: string) => masked.push(value) } as unknown as Report;
const context = { report, signal: new AbortController().signal };

const ecr = (endpoint: string): RegistrySpec => ({
  host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  insecure: false,
  provider: {
    kind: 'ecr',
    isPublic: false,
    region: 'eu-central-1',
    endpoint,
    key: { id: 'AKIA', secret: secret('x') },
  },
});

const password = (text: string, life: number): Answer => ({
  body: {
    authorizationData: [
      { authorizationToken: Buffer.from(`AWS:${text}`).toString('base64'), expiresAt: Date.now() / 1000 + life },
    ],
  },
});

it('asks once a run, however many steps want to know, and hides what it gets', async () => {
  await using api = await startApi(() => password('pass-one', 43_200));
  const registry = ecr(api.url);
  const all = await Promise.all([1, 2, 3].map(() => loggedIn(context, registry)));
  const copy = await loggedIn(context, { ...registry });
  for (const one of [...all, copy]) expect(one.password?.reveal()).toBe('pass-one');
  expect(api.asked).toHaveLength(1);
  expect(masked).toContain('pass-one');
});

it('asks again before the password ends', async () => {
  await using api = await startApi((_, count) => password(`pass-${count}`, count === 1 ? 600 : 43_200));
  const registry = ecr(api.url);
  expect((await loggedIn(context, registry)).password?.reveal()).toBe('pass-1');
  expect((await loggedIn(context, registry)).password?.reveal()).toBe('pass-2');
  expect((await loggedIn(context, registry)).password?.reveal()).toBe('pass-2');
  expect(api.asked).toHaveLength(2);
});

it('asks anew after a refusal', async () => {
  const refusal: Answer = { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } };
  await using api = await startApi((_, count) => (count === 1 ? refusal : password('late', 43_200)));
  const registry = ecr(api.url);
  await expect(loggedIn(context, registry)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  expect((await loggedIn(context, registry)).password?.reveal()).toBe('late');
});

it('leaves a project alone whose registries have passwords of their own, and registries that are not needed', async () => {
  const plain = { registries: { 'ghcr.io': { host: 'ghcr.io', insecure: false } } } as unknown as Project;
  expect(await withLogins(context, plain)).toBe(plain);
  const unasked = { registries: { a: ecr('http://127.0.0.1:1') } } as unknown as Project;
  expect((await withLogins(context, unasked, () => false)).registries.a?.password).toBeUndefined();
});

it.each([
  [{ expires: Date.UTC(2026, 10, 28, 22, 5) }, 'at 2026-11-28 22:05 UTC'],
  [{ username: 'acme', password: secret('ghs_abcdef') }, 'with this job'],
  [{ username: 'gitlab-ci-token', password: secret('x') }, 'with this job'],
  [{ username: 'acme', password: secret('ghp_abcdef') }, undefined],
  [{}, undefined],
])('knows when a password ends', (spec, ends) => {
  expect(lifetimeOf({ host: 'r.example.com', insecure: false, ...spec })?.ends).toBe(ends);
});
