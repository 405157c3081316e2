import { describe, expect, it } from 'vitest';
import { base, errorsOf, failuresOf, load, withService } from './loading.ts';

const proxy = 'proxy: { type: caddy }\n';

describe('combinations that cannot be had', () => {
  it.each<[string, string]>([
    [
      'deploy: { kind: global, replicas: 2 }',
      'services.web.deploy has both kind: global and replicas; global runs one on every server.',
    ],
    [
      'source: { image: nginx }\nbuild: { target: x }',
      'services.web has both source.image and build; a prebuilt image is neither built nor pushed.',
    ],
    [
      'source: { image: nginx }\nimage: acme/web',
      'services.web has both source.image and image; a prebuilt image is neither built nor pushed.',
    ],
    [
      'deploy: { health: { http: /, tcp: 80 } }',
      'services.web.deploy.health has both http and tcp; it can have only one of http, tcp and command.',
    ],
    [
      'deploy: { health: { tcp: 80, port: 81 } }',
      'services.web.deploy.health has both tcp: 80 and port: 81; they must be one port.',
    ],
    [
      'deploy: { health: { command: "true", port: 81 } }',
      'services.web.deploy.health has both command and port; a command needs no port.',
    ],
    [
      'deploy: { resources: { cpus: 1, reserve-cpus: 2 } }',
      'services.web.deploy.resources reserves more CPUs than cpus allows.',
    ],
    [
      'deploy: { resources: { memory: 64m, reserve-memory: 65m } }',
      'services.web.deploy.resources reserves more memory than memory allows.',
    ],
    ['deploy: { ulimits: { nofile: { soft: 2, hard: 1 } } }', 'The soft limit of nofile is above its hard limit.'],
    [
      'deploy: { replicas: 2, ports: [{ published: 80, target: 80 }] }',
      'The service web wants 2 replicas on 1 server, each with port 80 of its server.',
    ],
    [
      'deploy: { endpoint-mode: dnsrr, ports: [{ published: 80, target: 80, mode: ingress }] }',
      "The service web has endpoint-mode dnsrr and a port in mode ingress; Swarm's mesh needs vip.",
    ],
    [
      'deploy: { mode: standalone, placement: { constraints: [node.role==worker] } }',
      'The service web has mode: standalone and placement, which only Swarm has.',
    ],
    [
      'deploy: { mode: standalone, ports: [{ published: 80, target: 80, mode: ingress }] }',
      'The service web has mode: standalone and a port in mode ingress, which only Swarm has.',
    ],
    [
      'deploy: { mounts: [{ type: volume, source: a, target: /d }, { type: bind, source: /b, target: /d }] }',
      'Two mounts have the target /d.',
    ],
    [
      'deploy: { mounts: [{ type: file, content: a, source: b, target: /d }] }',
      'services.web.deploy.mounts[0] has both content and source; a file has one of them.',
    ],
    [
      'source: { git: "git@github.com:a/b", token: "x" }',
      'services.web.source.token is for https URLs, but the repository is git@github.com:a/b.',
    ],
    [
      'source: { git: "https://github.com/a/b", key: "x" }',
      'services.web.source.key is for ssh URLs, but the repository is https://github.com/a/b.',
    ],
    [
      'domains: [{ host: a.example.com, port: 1, https: false, certificate: letsencrypt }]',
      'services.web.domains[0] has https: false and a certificate; it can have only one of them.',
    ],
  ])('%s', async (service, message) => {
    const errors = await failuresOf(withService(service) + (service.startsWith('domains') ? proxy : ''));
    expect(errors.map((error) => [error.code, error.message])).toEqual([['CONFIG_CONFLICT', message]]);
    expect(errors[0]?.at?.line).toBeGreaterThanOrEqual(7);
  });

  it('an insecure registry with a certificate authority', async () => {
    const text = `project: shop\nregistries: { r.example.com: { insecure: true, ca: ca.pem } }\n`;
    expect(await errorsOf(text, { readFile: async () => '-----BEGIN CERTIFICATE-----' })).toEqual([
      '2:48 CONFIG_CONFLICT The registry r.example.com is insecure (plain HTTP) and has a ca; it can have only one of them.',
    ]);
  });
});

describe('what only one service can have on a server', () => {
  const file = (staging: string, servers = '[node-1]') => `${base}  node-2: { host: 203.0.113.11, role: deploy }
${proxy}environments:
  production: { servers: [node-1] }
  staging:
    servers: ${servers}
    services:
      web: ${staging}
services:
  web:
    domains: [{ host: shop.example.com, port: 3000 }]
    deploy: { ports: [{ published: 8080, target: 3000 }] }
`;

  it('is refused to two environments: host and path, and published port', async () => {
    expect(await errorsOf(file('{ tags: [x] }'))).toEqual([
      '15:23 CONFIG_CONFLICT The service web in the environment staging claims the domain shop.example.com on node-1, which belongs to web in the environment production (line 15).',
      '16:36 CONFIG_CONFLICT The service web in the environment staging claims port 8080/tcp on node-1, which belongs to web in the environment production (line 16).',
    ]);
  });

  it('is no matter on different servers', async () => {
    expect(await errorsOf(file('{ tags: [x] }', '[node-2]'))).toEqual([]);
  });

  it('is no matter with other names and ports', async () => {
    const other =
      '{ domains: [{ host: s.example.com, port: 1 }], deploy: { ports: [{ published: 8081, target: 1 }] } }';
    expect(await errorsOf(file(other))).toEqual([]);
  });

  it('is the same for names in capitals and paths with a slash at the end', async () => {
    const text = `${base}${proxy}services:
  a: { source: { image: x }, domains: [{ host: Shop.example.com, path: /api, port: 1 }] }
  b: { source: { image: x }, domains: [{ host: shop.example.com, path: /api/, port: 1 }] }
  c: { source: { image: x }, domains: [{ host: shop.example.com, port: 1 }] }
`;
    expect(await errorsOf(text)).toEqual([
      '8:48 CONFIG_CONFLICT The service b in the environment production claims the domain shop.example.com/api on node-1, which belongs to a (line 7).',
    ]);
  });

  it('tells udp from tcp', async () => {
    const text = `${base}services:
  a: { source: { image: x }, deploy: { ports: [{ published: 53, target: 53 }, { published: 53, target: 53, protocol: udp }] } }
`;
    expect((await load(text)).project.services).toHaveLength(1);
  });
});

describe('keys of a build that its type does not take', () => {
  it.each([
    [
      '{ type: dockerfile, publish: dist }',
      'services.web.build has both type: dockerfile and publish, which is for static.',
    ],
    [
      '{ type: railpack, target: run }',
      'services.web.build has both type: railpack and target, which is for dockerfile.',
    ],
    ['{ type: static, args: { A: b } }', 'services.web.build has both type: static and args, which is for dockerfile.'],
    [
      '{ type: heroku, command: make }',
      'services.web.build has both type: heroku and command, which is for railpack, nixpacks, static.',
    ],
    ['{ type: paketo, sbom: true }', 'services.web.build has both type: paketo and sbom'],
    ['{ dockerfile: Dockerfile, env: { A: b } }', 'services.web.build has both type: dockerfile and env'],
    ['{ publish: dist }', 'services.web.build.publish needs services.web.build.type: static.'],
  ])('are refused by both names: %s', async (build, message) => {
    const errors = await errorsOf(withService(`build: ${build}`));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`CONFIG_CONFLICT ${message}`);
  });

  it('are no conflict where they ask for nothing', async () => {
    expect(await errorsOf(withService('build: { type: railpack, spa: false, args: {}, env: { A: b } }'))).toEqual([]);
  });
});
