import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../../packages/core/src/config/load.ts';
import { looksLikeCredential } from '../../../packages/core/src/config/scope.ts';
import { reveal } from '../../../packages/core/src/config/secret.ts';
import { base, errorsOf, failuresOf, load } from './loading.ts';

const text = (value: string, more = '') => `${base}variables: { TZ: UTC, BASE: "\${{ env.DOMAIN }}" }
environments:
  production: { variables: { LEVEL: info, HOST: "api.\${{ project.BASE }}" } }
services:
  web: { deploy: { env: { OWN: own, VALUE: ${JSON.stringify(value)} } } }
  api: { source: { image: nginx }, deploy: { health: { tcp: 8080 } } }
  mute: { source: { image: nginx } }
${more}`;

const given = {
  secrets: { TOKEN: 's3cret', NPM_TOKEN: 'npm' },
  env: { DOMAIN: 'example.com', CI: 'true' },
  git: { sha: 'abcdef0123', short: 'abcdef0', branch: 'main' },
};

async function resolved(value: string, options: Partial<LoadOptions> = given) {
  const { project } = await load(text(value), options);
  const found = project.services.find((service) => service.name === 'web')?.deploy.env.VALUE;
  return found === undefined ? undefined : reveal(found);
}

describe('references', () => {
  it.each([
    ['${{ project.TZ }}', 'UTC'],
    ['${{ project.BASE }}', 'example.com'],
    ['${{ project.name }}', 'shop'],
    ['${{ environment.LEVEL }}', 'info'],
    ['${{ environment.HOST }}', 'api.example.com'],
    ['${{ environment.name }}', 'production'],
    ['${{ service.OWN }}', 'own'],
    ['${{ service.name }}', 'web'],
    ['${{ services.api.url }}/v1', 'http://api:8080/v1'],
    ['${{ services.api.host }}:${{ services.api.port }}', 'api:8080'],
    ['${{ secrets.TOKEN }}', 's3cret'],
    ['${{ env.CI }}', 'true'],
    ['${{ git.sha }} ${{ git.short }} ${{ git.branch }}', 'abcdef0123 abcdef0 main'],
    ['$${{ secrets.TOKEN }}', '${{ secrets.TOKEN }}'],
  ])('%s stands for %s', async (value, expected) => {
    expect(await resolved(value)).toBe(expected);
  });

  it.each([
    ['${{ secrets.TOKN }}', 'there is no secret TOKN in this run', 'Did you mean "TOKEN"?'],
    ['${{ env.NOPE }}', 'the environment of this run has no variable NOPE', 'Set NOPE in the job.'],
    [
      '${{ env.GITHUB_TOKEN }}',
      'env.GITHUB_TOKEN looks like a credential, and values from env are not kept secret',
      'Write ${{ secrets.GITHUB_TOKEN }} and give it as DRAYAGE_SECRET_GITHUB_TOKEN.',
    ],
    ['${{ git.tag }}', 'this run is not for a tag', undefined],
    ['${{ git.sah }}', 'git has no fact called sah', 'Did you mean "sha"?'],
    ['${{ project.TX }}', 'variables has no TX', 'Did you mean "TZ"?'],
    ['${{ environment.LEVLE }}', 'environments.production.variables has no LEVLE', 'Did you mean "LEVEL"?'],
    ['${{ service.OWM }}', 'services.web.deploy.env has no OWM', 'Did you mean "OWN"?'],
    [
      '${{ service.VALUE }}',
      'it refers to itself: services.web.deploy.env.VALUE → services.web.deploy.env.VALUE',
      undefined,
    ],
    ['${{ services.apo.url }}', 'there is no service apo', 'Did you mean "api"?'],
    ['${{ services.api.uri }}', 'a service has no uri', 'Did you mean "url"?'],
    ['${{ services.api.password }}', 'the service api is an application, and has no password', undefined],
    [
      '${{ services.mute.url }}',
      'the service mute names no port',
      'Add health: { port: … } or a domain to services.mute.',
    ],
    ['${{ secret.TOKEN }}', '"secret" is nothing that can be referred to', 'Did you mean "secrets"?'],
    ['${{ secrets.TOKEN.x }}', 'it must be secrets.<name>', undefined],
    ['${{ secrets }}', 'it must be secrets.<name>', undefined],
  ])('%s is an error that names it', async (value, reason, hint) => {
    const errors = await failuresOf(text(value), given);
    expect(errors.map((error) => error.message)).toContain(
      `The reference ${value} in services.web.deploy.env.VALUE stands for nothing: ${reason}.`,
    );
    const [first] = errors;
    expect(first).toMatchObject({
      code: 'CONFIG_REFERENCE_UNRESOLVED',
      at: { file: 'drayage.yml', line: 9, column: 44 },
    });
    if (hint !== undefined) expect(first?.hint).toContain(hint);
  });

  it('report a wrong variable once, where it stands, however often it is used', async () => {
    const file = `${base}variables: { A: "\${{ env.NOPE }}", B: "\${{ project.A }}", C: "\${{ project.A }}" }\n`;
    expect(await errorsOf(file)).toEqual([
      '5:17 CONFIG_REFERENCE_UNRESOLVED The reference ${{ env.NOPE }} in variables.A stands for nothing: the environment of this run has no variable NOPE.',
    ]);
  });

  it('report circles between variables', async () => {
    const file = `${base}variables: { A: "\${{ project.B }}", B: "\${{ project.A }}" }\n`;
    const messages = await errorsOf(file);
    expect(messages.join('\n')).toContain('refers to itself: variables.B → variables.A → variables.B');
  });

  it('work wherever a number, a list or a choice stands', async () => {
    const file = `${base}services:
  web:
    deploy:
      servers: ["\${{ env.NODE }}"]
      replicas: "\${{ env.COUNT }}"
      resources: { memory: "\${{ env.COUNT }}g" }
      health: { http: "/\${{ env.NODE }}", port: "\${{ env.PORT }}", interval: "\${{ env.COUNT }}s" }
      update: { order: "\${{ env.ORDER }}" }
`;
    const env = { NODE: 'node-1', COUNT: '2', PORT: '3000', ORDER: 'stop-first' };
    const { project } = await load(file.replace('replicas: "${{ env.COUNT }}"', 'replicas: "${{ env.COUNT }}"'), {
      env,
    });
    expect(project.services[0]?.deploy).toMatchObject({
      servers: ['node-1'],
      replicas: 2,
      resources: { memory: 2_147_483_648 },
      health: { probe: { kind: 'http', path: '/node-1', port: 3000 }, interval: 2000 },
      update: { order: 'stop-first' },
    });
  });

  it('work in files that drayage.yml names, with the place in that file', async () => {
    const file = `${base}services:
  web:
    deploy:
      env-file: web.env
      env: { B: mine }
      mounts: [{ type: file, source: app.conf, target: /etc/app.conf }]
`;
    const files: Record<string, string> = {
      'web.env': '# comment\nA="x ${{ secrets.TOKEN }}"\nB=theirs\nexport C=${{ env.CI }}\n',
      'app.conf': 'host=${{ services.web.host }}\n',
    };
    const readFile = async (name: string) => files[name] ?? '';
    const { project } = await load(file, { ...given, readFile });
    const { env, mounts } = project.services[0]?.deploy ?? {};
    expect(env?.A && reveal(env.A)).toBe('x s3cret');
    expect(env).toMatchObject({ B: 'mine', C: 'true' });
    expect(mounts).toEqual([{ type: 'file', content: 'host=web\n', target: '/etc/app.conf', readOnly: true }]);

    files['app.conf'] = 'a\nhost=${{ services.wbe.host }}\n';
    expect(await errorsOf(file, { ...given, readFile })).toEqual([
      '2:6 CONFIG_REFERENCE_UNRESOLVED The reference ${{ services.wbe.host }} in services.web.deploy.mounts[0].source stands for nothing: there is no service wbe.',
    ]);
  });

  it('name a file that cannot be read', async () => {
    const file = `${base}services: { web: { deploy: { env-file: web.env } } }\n`;
    const readFile = async () => Promise.reject(new Error('ENOENT: no such file'));
    expect(await errorsOf(file, { readFile })).toEqual([
      '5:40 CONFIG_INVALID The file web.env, named by services.web.deploy.env-file, cannot be read: ENOENT: no such file.',
    ]);
  });

  it('do not work in keys', async () => {
    const file = `${base}variables: { "\${{ env.CI }}": x }\n`;
    expect(await errorsOf(file, given)).toContain(
      '5:14 CONFIG_INVALID References work in values, not in keys: ${{ env.CI }}.',
    );
  });

  it('insert any value as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')),
        async (value) => {
          expect(await resolved('<${{ secrets.TOKEN }}>', { ...given, secrets: { TOKEN: value } })).toBe(`<${value}>`);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('looksLikeCredential', () => {
  it.each([
    'GITHUB_TOKEN',
    'DB_PASSWORD',
    'aws_secret_access_key',
    'API_KEY',
    'APIKEY',
    'NPM_AUTH',
    'SSH_PRIVATE',
    'KEY',
    'MYSQL_PWD',
    'GH_PAT',
  ])('is true for %s', (name) => {
    expect(looksLikeCredential(name)).toBe(true);
  });

  it.each(['CI', 'PWD', 'PATH', 'AUTHOR', 'KEYBOARD', 'MONKEY', 'GITHUB_SHA', 'PATTERN', 'COMPASS'])(
    'is false for %s',
    (name) => {
      expect(looksLikeCredential(name)).toBe(false);
    },
  );
});

describe('secrets', () => {
  it.each([
    ['deploy: { command: "run ${{ secrets.TOKEN }}" }', 'services.web.deploy.command'],
    ['deploy: { labels: { a: "${{ secrets.TOKEN }}" } }', 'services.web.deploy.labels.a'],
    ['deploy: { health: { command: "curl ${{ secrets.TOKEN }}" } }', 'services.web.deploy.health.command'],
    ['source: { git: "https://${{ secrets.TOKEN }}@github.com/a/b" }', 'services.web.source.git'],
    ['image: "ghcr.io/${{ secrets.TOKEN }}"', 'services.web.image'],
  ])('are refused where they would show: %s', async (service, path) => {
    const errors = await failuresOf(`${base}services: { web: { ${service} } }\n`, given);
    expect(errors.map((error) => error.message)).toContain(
      `A secret cannot stand in ${path}: it would show on the server or in the log.`,
    );
    expect(errors.map((error) => error.message).join()).not.toContain('s3cret');
  });

  it('are not repeated by an error about their value', async () => {
    const file = `${base.replace('203.0.113.10', '"${{ secrets.TOKEN }}"')}`;
    expect(await errorsOf(file, { secrets: { TOKEN: 'not a host' } })).toEqual([
      '4:19 CONFIG_INVALID servers.node-1.host is a secret of another form; expected a host name, an address or "local".',
    ]);
  });

  it('that reach a variable by way of another stay secrets', async () => {
    const file = `${base}variables: { A: "\${{ secrets.TOKEN }}" }\nservices: { web: { deploy: { labels: { a: "\${{ project.A }}" } } } }\n`;
    expect((await failuresOf(file, given)).map((error) => error.message)).toEqual([
      'A secret cannot stand in services.web.deploy.labels.a: it would show on the server or in the log.',
    ]);
  });
});
