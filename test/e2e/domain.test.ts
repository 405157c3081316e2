import { createHash } from 'node:crypto';
import { connect as dial } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureDomains } from '../../packages/core/src/domain/configure.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Acme } from '../lab/acme.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { makePair } from '../unit/domain/certificates.ts';
import { readProject, type ServerRun, serviceOf, startRun } from './server-world.ts';

let lab: Lab;
let node: Host;
let acme: Acme;
let run: ServerRun;

/** What stands in drayage.yml; `services` by name, each with its domains. */
const projectOf = (services: Record<string, object[]>, more: object = {}) =>
  readProject({
    servers: { 'node-1': { host: node.address, role: 'deploy', 'docker-source': 'distribution' } },
    proxy: {
      type: 'caddy',
      servers: ['node-1'],
      email: 'ops@example.com',
      acme: { directory: acme.directory, ca: `${acme.caCertificate}\n${acme.rootCertificate}` },
    },
    services: Object.fromEntries(
      Object.entries(services).map(([name, domains]) => [
        name,
        { source: { image: 'caddy:2' }, deploy: { servers: ['node-1'], mode: 'standalone' }, domains },
      ]),
    ),
    ...more,
  });

async function configure(domains: object[], name = 'web', more: object = {}) {
  const project = await projectOf({ [name]: domains }, more);
  const patience = { certificate: 60_000, answer: 5000 };
  return configureDomains(run.context, { project, service: serviceOf(project, name), patience });
}

/** A service that answers with its name, as deploys leave it: on the environment's network, under its resource's name. */
async function startService(resource: string, network: string): Promise<void> {
  await node.exec(`docker network inspect ${network} >/dev/null 2>&1 || docker network create ${network} >/dev/null
docker run -d --name ${resource} --restart unless-stopped --network ${network} caddy:2 caddy respond --listen :3000 ${resource}`);
}

/** First line and Location of the answer to a plain request. */
function plainAnswer(host: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = dial(80, node.address, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });
}

/** The answer over TLS from outside the node, whose certificate must lead to the authority's root. */
function secureAnswer(host: string, ca: string | undefined, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: node.address, port: 443, servername: host, ca, ALPNProtocols: ['http/1.1'] }, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });
}

const routesOnDisk = async () =>
  (await node.exec('cd /var/lib/drayage/proxy; sha256sum caddy.json routes/*.json')).stdout;

beforeAll(async () => {
  lab = await startLab({ name: `domain-${process.pid}`, log: () => undefined });
  [node, acme] = await Promise.all([lab.host('node-1', { docker: true }), lab.acme()]);
  run = startRun([node]);
  await setupServers(run.context, { project: await projectOf({}), mode: 'always' });
  await startService('shop-production-web', 'shop-production');
  await startService('shop-production-api', 'shop-production');
  await Promise.all(['shop', 'api', 'old'].map((name) => acme.setAddress(`${name}.example.com`, node.address)));
});
afterAll(async () => {
  await run[Symbol.asyncDispose]();
  await lab.stop();
});

describe('a domain with a certificate by ACME', () => {
  it('is issued one, answers over TLS, and redirects plain HTTP', async () => {
    const [result] = await configure([{ host: 'shop.example.com', port: 3000 }]);
    expect(result).toMatchObject({ url: 'https://shop.example.com/', node: 'node-1', status: 200 });
    expect(result?.certificateIssuer).toMatch(/^Pebble Intermediate CA/);
    expect(result?.certificateExpires?.getTime()).toBeGreaterThan(Date.now());
    expect(result?.changed).toEqual([
      'connect the proxy to shop-production',
      'add https://shop.example.com/ to port 3000 (certificate: letsencrypt)',
    ]);
    expect(await secureAnswer('shop.example.com', acme.rootCertificate)).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*shop-production-web$/,
    );
    expect(await plainAnswer('shop.example.com', '/a?b=c')).toMatch(
      /^HTTP\/1\.1 308 [\s\S]*Location: https:\/\/shop\.example\.com\/a\?b=c\r\n/,
    );
    expect(await plainAnswer('unknown.example.com')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('has nothing to do the second time, and says so', async () => {
    const before = await routesOnDisk();
    const [result] = await configure([{ host: 'shop.example.com', port: 3000 }]);
    expect(result?.changed).toEqual([]);
    expect(run.lines).toContain('node-1: the domains are configured already, nothing to do.');
    expect(await routesOnDisk()).toBe(before);
  });

  it("fails with the authority's words when it cannot be proven, and leaves other domains alone", async () => {
    await acme.setAddress('elsewhere.example.com', lab.gateway);
    await expect(configure([{ host: 'elsewhere.example.com', port: 3000 }], 'api')).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_ISSUED',
      message: expect.stringMatching(
        /^node-1: no certificate for elsewhere\.example\.com: .*connection refused \(connection\)$/,
      ),
    });
    expect(await secureAnswer('shop.example.com', acme.rootCertificate)).toContain('shop-production-web');
  });
});

describe('a domain of another kind', () => {
  it('answers over plain HTTP, by path, with the service that has the longest match', async () => {
    const none = { https: false, certificate: 'none', port: 3000 };
    await configure([
      { ...none, host: 'plain.example.com' },
      { host: 'shop.example.com', port: 3000 },
    ]);
    await configure([{ ...none, host: 'plain.example.com', path: '/api' }], 'api');
    expect(await plainAnswer('plain.example.com')).toContain('shop-production-web');
    expect(await plainAnswer('plain.example.com', '/api/orders')).toContain('shop-production-api');
    expect(await plainAnswer('plain.example.com', '/apiary')).toContain('shop-production-web');
  });

  it('serves the certificate it was given, stores its key for root only, and forgets the one before', async () => {
    const [first, second] = [makePair(['own.example.com']), makePair(['own.example.com'])];
    await configure([{ host: 'own.example.com', port: 3000, certificate: first }], 'api');
    expect(await secureAnswer('own.example.com', first.cert)).toContain('shop-production-api');
    await configure([{ host: 'own.example.com', port: 3000, certificate: second }], 'api');
    expect(await secureAnswer('own.example.com', second.cert)).toContain('shop-production-api');
    const { stdout } = await node.exec(
      'cd /var/lib/drayage/proxy/certificates; stat -c "%a %U" *.key; stat -c "%a %U" .; ls | wc -l',
    );
    expect(stdout).toBe('600 root\n700 root\n2\n');
    expect(run.lines.join('\n')).not.toContain('PRIVATE KEY');
  });

  it('refuses a key of another certificate before any server is asked', async () => {
    const before = await routesOnDisk();
    const pair = { cert: makePair(['own.example.com']).cert, key: makePair(['own.example.com']).key };
    await expect(configure([{ host: 'own.example.com', port: 3000, certificate: pair }], 'api')).rejects.toMatchObject({
      code: 'CERTIFICATE_INVALID',
      exitStatus: 64,
      message:
        'The certificate for own.example.com cannot be used: `key` does not belong to the first certificate of `cert`.',
    });
    expect(await routesOnDisk()).toBe(before);
  });
});

describe('what goes wrong', () => {
  it('changes nothing when another project has the domain', async () => {
    const before = await routesOnDisk();
    await expect(
      configure([{ host: 'shop.example.com', port: 3000 }], 'web', { project: 'rival' }),
    ).rejects.toMatchObject({
      code: 'DOMAIN_TAKEN',
      message:
        'node-1: https://shop.example.com/ is served by the service web of project shop, environment production already.',
    });
    expect(await routesOnDisk()).toBe(before);
  });

  it('changes nothing when the proxy refuses the configuration', async () => {
    const pair = makePair(['broken.example.com']);
    const name = createHash('sha256').update(pair.cert.trim()).digest('hex').slice(0, 16);
    await node.exec(`cd /var/lib/drayage/proxy/certificates; echo damaged >${name}.crt; echo damaged >${name}.key`);
    const before = await routesOnDisk();
    await expect(
      configure([{ host: 'broken.example.com', port: 3000, certificate: pair }], 'api'),
    ).rejects.toMatchObject({
      code: 'PROXY_REFUSED',
      message: expect.stringMatching(/^node-1: the proxy refused the configuration: HTTP 400: .*loading certificates/),
    });
    expect(await routesOnDisk()).toBe(before);
    expect(await secureAnswer('shop.example.com', acme.rootCertificate)).toContain('shop-production-web');
  });

  it('says that the service does not answer', async () => {
    await expect(configure([{ host: 'shop.example.com', port: 3999 }])).rejects.toMatchObject({
      code: 'DOMAIN_NOT_ANSWERING',
      message:
        'node-1: https://shop.example.com/ does not answer as it should: the proxy cannot reach the service (502). Waited 5 s.',
    });
    await configure([{ host: 'shop.example.com', port: 3000 }]);
  });

  it('brings both into force when two runs configure two services at once', async () => {
    const plain = (host: string) => [{ host, port: 3000, https: false, certificate: 'none' }];
    await Promise.all([configure(plain('one.example.com')), configure(plain('two.example.com'), 'api')]);
    expect(await plainAnswer('one.example.com')).toContain('shop-production-web');
    expect(await plainAnswer('two.example.com')).toContain('shop-production-api');
  });
});

it("asks over the node's address where its sshd forwards nothing", async () => {
  await node.exec('echo AllowTcpForwarding no >/etc/ssh/sshd_config.d/00-closed.conf; service ssh reload');
  await using other = startRun([node]);
  const project = await projectOf({ web: [{ host: 'shop.example.com', port: 3000 }] });
  const results = await configureDomains(other.context, { project, service: serviceOf(project) });
  expect(results).toMatchObject([{ url: 'https://shop.example.com/', status: 200 }]);
  await node.exec('rm /etc/ssh/sshd_config.d/00-closed.conf; service ssh reload');
});

describe('after a restart, with no run of Drayage,', () => {
  beforeAll(async () => {
    await configure([{ host: 'shop.example.com', port: 3000 }]);
  });
  /** Seconds until the domain answers; the certificate is the one there was. */
  const answersAgain = async (): Promise<number> => {
    const start = Date.now();
    for (;;) {
      const text = await secureAnswer('shop.example.com', acme.rootCertificate).catch(() => '');
      if (text.includes('shop-production-web')) return (Date.now() - start) / 1000;
      if (Date.now() - start > 60_000) throw new Error('The domain does not answer.');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  it.each([
    ['the proxy', async () => void (await node.exec('docker restart drayage-proxy'))],
    [
      'the proxy, killed,',
      async () => void (await node.exec('kill -9 $(docker inspect -f "{{.State.Pid}}" drayage-proxy)')),
    ],
    ['dockerd', async () => void (await node.exec('service docker restart'))],
    ['the host', () => node.restart()],
  ])('%s serves the domain again', async (_, restart) => {
    await restart();
    expect(await answersAgain()).toBeLessThan(30);
  });
});
