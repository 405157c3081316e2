import { describe, expect, it } from 'vitest';
import { echoProject } from '../../../packages/core/src/config/echo.ts';
import type { RegistrySpec } from '../../../packages/core/src/config/model.ts';
import { errorsOf, failuresOf, load, withService } from './loading.ts';

const ecrHost = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const aws = { AWS_ACCESS_KEY_ID: 'ASIAENV', AWS_SECRET_ACCESS_KEY: 'env-secret-key', AWS_SESSION_TOKEN: 'env-session' };
const secrets = { ID: 'AKIAOWN', KEY: 'own-secret-key', SESSION: 'own-session', TOKEN: 'the-token' };

async function registry(key: string, entry: string, env: Record<string, string> = {}): Promise<RegistrySpec> {
  const { project } = await load(`project: shop\nregistries:\n  ${key}: ${entry}\n`, { env, secrets });
  return Object.values(project.registries)[0] as RegistrySpec;
}

describe('type: ecr', () => {
  it.each([
    [ecrHost, 'eu-central-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['123456789012.dkr-ecr.eu-west-3.on.aws', 'eu-west-3'],
  ])('reads the region from the name %s', async (host, region) => {
    const { provider } = await registry(host, '{ type: ecr }', { AWS_REGION: 'other-1' });
    expect(provider).toMatchObject({ kind: 'ecr', isPublic: false, region });
  });

  it('takes the credentials that other steps of the job have left, and hides them', async () => {
    const text = `project: shop\nregistries: { ${ecrHost}: { type: ecr } }\n`;
    const { project, masks } = await load(text, { env: aws });
    const { provider, username, password } = project.registries[ecrHost] as RegistrySpec;
    expect([username, password]).toEqual([undefined, undefined]);
    if (provider?.kind !== 'ecr') throw new Error('It is not of ECR.');
    expect([provider.key?.id, provider.key?.secret.reveal(), provider.key?.session?.reveal()]).toEqual([
      'ASIAENV',
      'env-secret-key',
      'env-session',
    ]);
    expect(masks).toEqual(expect.arrayContaining(['env-secret-key', 'env-session']));
    expect(echoProject(project)).not.toContain('env-secret-key');
    expect(echoProject(project)).toContain('type: ecr');
  });

  it('prefers those of drayage.yml, and mixes none', async () => {
    const entry = '{ type: ecr, username: "${{ secrets.ID }}", password: "${{ secrets.KEY }}" }';
    const { provider } = await registry(ecrHost, entry, aws);
    if (provider?.kind !== 'ecr') throw new Error('It is not of ECR.');
    expect([provider.key?.id, provider.key?.secret.reveal(), provider.key?.session]).toEqual([
      'AKIAOWN',
      'own-secret-key',
      undefined,
    ]);
    const more = `${entry.slice(0, -1)}, session-token: "\${{ secrets.SESSION }}" }`;
    const temporary = await registry(ecrHost, more, aws);
    expect(temporary.provider).toMatchObject({ key: { session: expect.anything() } });
  });

  it('without any is read all the same: only a login needs them', async () => {
    expect((await registry(ecrHost, '{ type: ecr }')).provider).toMatchObject({ key: undefined });
  });

  it('knows the public gallery, and the endpoints that AWS names', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_ECR: 'http://own', AWS_REGION: 'eu-west-1' };
    expect((await registry('public.ecr.aws', '{ type: ecr }', env)).provider).toMatchObject({
      isPublic: true,
      region: 'us-east-1',
      endpoint: 'http://all',
    });
    expect((await registry(ecrHost, '{ type: ecr }', env)).provider).toMatchObject({ endpoint: 'http://own' });
    expect((await registry('registry.example.com', '{ type: ecr }', env)).provider).toMatchObject({
      region: 'eu-west-1',
    });
  });

  it('needs a region', async () => {
    expect(await errorsOf('project: shop\nregistries: { r.example.com: { type: ecr } }\n')).toEqual([
      '2:38 CONFIG_INVALID The registry r.example.com has type: ecr, and neither its name nor AWS_REGION tells the region.',
    ]);
  });
});

describe('type: acr and type: gar', () => {
  it('take a token alone', async () => {
    const entry = (type: string) => `{ type: ${type}, password: "\${{ secrets.TOKEN }}" }`;
    expect((await registry('acme.azurecr.io', entry('acr'))).provider?.kind).toBe('acr');
    expect((await registry('europe-docker.pkg.dev', entry('gar'))).provider?.kind).toBe('gar');
  });

  it('leave a service principal its own password', async () => {
    const spec = await registry('acme.azurecr.io', '{ type: acr, username: app-id, password: "${{ secrets.TOKEN }}" }');
    expect(spec).toMatchObject({ username: 'app-id' });
    expect(spec.provider).toBeUndefined();
    expect(spec.password?.reveal()).toBe('the-token');
  });

  it('need one, and are told so once', async () => {
    const withUser = 'project: shop\nregistries: { europe-docker.pkg.dev: { type: gar, username: x } }\n';
    expect(await errorsOf(withUser)).toEqual([
      '2:15 CONFIG_INVALID The registry europe-docker.pkg.dev has type: gar and no password; expected the JSON key of a service account.',
    ]);
    expect(await errorsOf('project: shop\nregistries: { acme.azurecr.io: { type: acr } }\n')).toEqual([
      '2:15 CONFIG_INVALID The registry acme.azurecr.io has type: acr and no password; expected an access token of Microsoft Entra ID.',
    ]);
  });
});

it('a session token is for ECR alone', async () => {
  const text = 'project: shop\nregistries: { ghcr.io: { session-token: "${{ secrets.SESSION }}" } }\n';
  expect(await errorsOf(text, { secrets })).toEqual([
    expect.stringContaining('CONFIG_CONFLICT The registry ghcr.io has a session-token and no type: ecr.'),
  ]);
});

it('a registry written with the path of an image is told without it', async () => {
  const [failure] = await failuresOf(
    'project: shop\nregistries: { "https://registry.gitlab.com/group/project": {} }\n',
  );
  expect(failure?.hint).toBe('Write registry.gitlab.com: its credentials are for everything below it.');
});

describe('tags with references', () => {
  const git = { sha: '0123456789abcdef', short: '0123456', branch: 'feature/Login' };
  const tagsOf = async (tags: string) => (await load(withService(`tags: ${tags}`), { git })).project.services[0]?.tags;

  it('are templates: what they stand for may hold any character, and is mapped when the image is named', async () => {
    expect(await tagsOf('["${{ git.branch }}-${{ git.short }}", "build-${{ git.sha }}"]')).toEqual([
      'feature/Login-0123456',
      'build-0123456789abcdef',
    ]);
  });

  it('are refused where the reference stands for nothing', async () => {
    const text = withService('tags: ["${{ git.tag }}"]');
    expect(await errorsOf(text, { git })).toEqual([expect.stringContaining('CONFIG_REFERENCE_UNRESOLVED')]);
  });
});
