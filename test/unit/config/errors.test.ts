import { describe, expect, it } from 'vitest';
import { base, errorsOf, failuresOf, load, withService } from './loading.ts';

describe('errors of drayage.yml', () => {
  it.each<[string, string, string]>([
    ['an unknown key', 'deploy: { replica: 2 }', '7:15 CONFIG_INVALID Unknown key "replica" in services.web.deploy.'],
    [
      'text for a number',
      'deploy: { replicas: two }',
      '7:25 CONFIG_INVALID services.web.deploy.replicas is "two"; expected a whole number from 0 to 10000.',
    ],
    [
      'a number out of range',
      'deploy: { ports: [{ published: 70000, target: 1 }] }',
      '7:36 CONFIG_INVALID services.web.deploy.ports[0].published is "70000"; expected a whole number from 1 to 65535.',
    ],
    [
      'a key that is missing',
      'deploy: { ports: [{ published: 80 }] }',
      '7:23 CONFIG_INVALID services.web.deploy.ports[0].target is missing; expected a whole number from 1 to 65535.',
    ],
    [
      'an unknown choice',
      'deploy: { mode: swarn }',
      '7:21 CONFIG_INVALID services.web.deploy.mode is "swarn"; expected one of auto, swarm, standalone.',
    ],
    [
      'a duration without a unit',
      'deploy: { drain: 10 }',
      '7:22 CONFIG_INVALID services.web.deploy.drain is "10"; expected a duration such as 500ms, 30s or 1h30m.',
    ],
    [
      'a size with a wrong unit',
      'deploy: { resources: { memory: 2x } }',
      '7:36 CONFIG_INVALID services.web.deploy.resources.memory is "2x"; expected a size such as 512m or 8g, at least 6m.',
    ],
    [
      'a map for a list',
      'domains: { host: a.example.com }',
      '7:5 CONFIG_INVALID services.web.domains is a map; expected a list.',
    ],
    ['a text for a map', 'deploy: yes', '7:13 CONFIG_INVALID services.web.deploy is "yes"; expected a map.'],
    [
      'a list for a text',
      'image: [a]',
      '7:5 CONFIG_INVALID services.web.image is a list; expected an image name without tag, such as ghcr.io/acme/shop-web.',
    ],
    [
      'a boolean that is none',
      'build: { no-cache: yes }',
      '7:24 CONFIG_INVALID services.web.build.no-cache is "yes"; expected true or false.',
    ],
    ['a key without a value', 'deploy: { env: { A: } }', '7:22 CONFIG_INVALID A has no value.'],
    ['an empty item', 'deploy: { args: [~] }', '7:22 CONFIG_INVALID Item 1 of args has no value.'],
    [
      'a host with a scheme',
      'domains: [{ host: "https://a.example.com", port: 1 }]',
      '7:23 CONFIG_INVALID services.web.domains[0].host is "https://a.example.com"; expected a host name such as shop.example.com, without https:// and path.',
    ],
    [
      'no source at all',
      'source: {}',
      '7:5 CONFIG_INVALID services.web.source needs one of git, path, archive, dockerfile, image; it has none.',
    ],
    [
      'two sources',
      'source: { path: ., image: nginx }',
      '7:5 CONFIG_CONFLICT services.web.source has both path and image; it can have only one of git, path, archive, dockerfile, image.',
    ],
    [
      'a wrong key beside a source',
      'source: { path: ., branch: main }',
      '7:24 CONFIG_INVALID Unknown key "branch" in services.web.source.',
    ],
    [
      'a password in a URL',
      'source: { git: "https://u:p@github.com/a/b" }',
      '7:20 CONFIG_INVALID services.web.source.git is "https://u:p@github.com/a/b"; expected the URL of a repository (https://…, ssh://… or git@host:path), without a password in it.',
    ],
    [
      'a folder outside',
      'source: { path: ../other }',
      '7:21 CONFIG_INVALID services.web.source.path is "../other"; expected a folder inside the source, without "..".',
    ],
    [
      'an unknown type',
      'type: aplication',
      '6:3 CONFIG_INVALID services.web has the unknown type "aplication"; expected one of application, compose, postgres, mysql, mariadb, mongo, redis.',
    ],
    [
      'a mount without a type',
      'deploy: { mounts: [{ target: /a }] }',
      '7:24 CONFIG_INVALID services.web.deploy.mounts[0] needs a type: volume, bind or file.',
    ],
    [
      'a relative target',
      'deploy: { mounts: [{ type: volume, source: a, target: data }] }',
      '7:59 CONFIG_INVALID services.web.deploy.mounts[0].target is "data"; expected an absolute path inside the container.',
    ],
    [
      'a tag that is none',
      'tags: ["a/b"]',
      '7:12 CONFIG_INVALID services.web.tags[0] is "a/b"; expected a tag: letters, digits, ".", "_" and "-", or sha, branch, semver, latest.',
    ],
    ['no tags', 'tags: []', '7:5 CONFIG_INVALID services.web.tags is a list; expected at least 1 in the list.'],
    [
      'an image with a tag',
      'image: ghcr.io/acme/web:1',
      '7:12 CONFIG_INVALID services.web.image is "ghcr.io/acme/web:1"; expected registry and repository without a tag.',
    ],
    [
      'an image that is none',
      'source: { image: "nginx:" }',
      '7:22 CONFIG_INVALID services.web.source.image is "nginx:"; expected an image such as nginx:1.27-alpine.',
    ],
    [
      'a command for a shell',
      'deploy: { command: "a && b" }',
      '7:24 CONFIG_INVALID services.web.deploy.command is "a && b", and "&" would need a shell: write ["sh", "-c", "…"] for one, or put it in quotes.',
    ],
    [
      'a health check of no kind',
      'deploy: { health: { port: 1 } }',
      '7:15 CONFIG_INVALID services.web.deploy.health needs one of http, tcp and command; it has none.',
    ],
    [
      'a health check without a port',
      'deploy: { health: { http: / } }',
      "7:15 CONFIG_INVALID services.web.deploy.health names no port, and neither do the service's domains and ports.",
    ],
    [
      'an unknown server',
      'deploy: { servers: [nod-1] }',
      '7:25 CONFIG_INVALID services.web.deploy.servers names the server "nod-1", which does not exist.',
    ],
    [
      'an unknown dependency',
      'depends-on: [dbb]',
      '7:18 CONFIG_INVALID The service web depends on "dbb", which does not exist.',
    ],
    [
      'a label of ours',
      'deploy: { labels: { dev.drayage.project: x } }',
      '7:25 CONFIG_CONFLICT The label dev.drayage.project is one of those Drayage marks its own resources with.',
    ],
    [
      'a file without content',
      'deploy: { mounts: [{ type: file, target: /a }] }',
      '7:24 CONFIG_INVALID services.web.deploy.mounts[0] needs content, or source with the name of a file.',
    ],
  ])('%s', async (_, service, expected) => {
    expect(await errorsOf(withService(service))).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    [
      'a project without a name',
      'servers: {}\n',
      '1:1 CONFIG_INVALID project is missing; expected lower-case letters, digits and hyphens, at most 63 characters.',
    ],
    [
      'a project with a wrong name',
      'project: My_Shop\n',
      '1:10 CONFIG_INVALID project is "My_Shop"; expected lower-case letters, digits and hyphens, at most 63 characters.',
    ],
    [
      'an unknown key at the top',
      'project: shop\nservice: {}\n',
      '2:1 CONFIG_INVALID Unknown key "service" in drayage.yml.',
    ],
    [
      'a service with a wrong name',
      `${base}services: { Web_1: {} }\n`,
      '5:13 CONFIG_INVALID "Web_1" cannot be a key of services; expected lower-case letters, digits and hyphens, at most 63 characters.',
    ],
    [
      'a server without a host',
      'project: shop\nservers: { a: { role: deploy } }\n',
      '2:12 CONFIG_INVALID The server a has no host.',
    ],
    [
      'a host key that is none',
      'project: shop\nservers: { a: { host: x, host-key: "SHA256:abc" } }\n',
      '2:36 CONFIG_INVALID servers.a.host-key is "SHA256:abc"; expected a fingerprint such as ssh-keygen -lf prints it: SHA256: and 43 characters.',
    ],
    [
      'an unknown jump host',
      'project: shop\nservers: { a: { host: x, jump: bb }, b: { host: y } }\n',
      '2:32 CONFIG_INVALID servers.a.jump names the server "bb", which does not exist.',
    ],
    [
      'jump hosts in a circle',
      'project: shop\nservers: { a: { host: x, jump: a } }\n',
      '2:32 CONFIG_CONFLICT servers.a.jump leads in a circle: a → a.',
    ],
    [
      'a registry with a path',
      'project: shop\nregistries: { ghcr.io/acme: {} }\n',
      '2:15 CONFIG_INVALID "ghcr.io/acme" is not a registry; expected host or host:port, without a path.',
    ],
    [
      'one registry twice',
      'project: shop\nregistries: { docker.io: {}, index.docker.io: {} }\n',
      '2:30 CONFIG_CONFLICT The registry docker.io stands twice under registries.',
    ],
    [
      'a user without a password',
      'project: shop\nregistries: { ghcr.io: { username: a } }\n',
      '2:15 CONFIG_INVALID The registry ghcr.io has a username and no password; it needs both or neither.',
    ],
    [
      'an unknown proxy',
      'project: shop\nproxy: { type: nginx }\n',
      '2:16 CONFIG_INVALID proxy.type is "nginx"; expected one of traefik, caddy, external.',
    ],
    [
      'a server of the environment that does not exist',
      `${base}environments: { production: { servers: [node-9] } }\nservices: { web: {}, api: {} }\n`,
      '5:41 CONFIG_INVALID environments.production.servers names the server "node-9", which does not exist.',
    ],
    [
      'a role that does not deploy',
      `${base}services: { web: { deploy: { servers: [builder] } } }\n`,
      '5:40 CONFIG_CONFLICT services.web.deploy.servers names the server "builder", whose role is build.',
    ],
    [
      'no server to build on',
      'project: shop\nservers: { a: { host: x, role: deploy } }\nservices: { web: {} }\n',
      '3:13 CONFIG_INVALID services.web.build has no server to run on: no server has the role build or both.',
    ],
    [
      'no server to choose',
      'project: shop\nservers: { a: { host: x }, b: { host: y } }\nservices: { web: {} }\n',
      '3:13 CONFIG_INVALID The service web has no server to run on.',
    ],
    [
      'services that depend on each other',
      `${base}services: { a: { depends-on: [b] }, b: { depends-on: [a] } }\n`,
      '5:18 CONFIG_CONFLICT Services depend on each other in a circle: a → b → a.',
    ],
    [
      'domains without a proxy',
      withService('domains: [{ host: a.example.com, port: 1 }]'),
      '7:5 CONFIG_INVALID The service web has domains, but there is no proxy.',
    ],
  ])('%s', async (_, text, expected) => {
    expect(await errorsOf(text)).toEqual([expected]);
  });

  it('are all reported at once, in the order of the file, with hints', async () => {
    const text = `project: Shop
servers:
  node-1: { host: 203.0.113.10, prot: 22 }
services:
  web:
    deploy: { replica: 2, servers: [node-2], drain: 10 }
    domians: []
  api:
    source: { pth: . }
`;
    const errors = await failuresOf(text);
    expect(errors.map(({ at, code, hint }) => [at?.line, code, hint])).toEqual([
      [1, 'CONFIG_INVALID', undefined],
      [3, 'CONFIG_INVALID', 'Did you mean "port"?'],
      [6, 'CONFIG_INVALID', 'Did you mean "replicas"?'],
      [6, 'CONFIG_INVALID', 'Did you mean "node-1"?'],
      [6, 'CONFIG_INVALID', undefined],
      [7, 'CONFIG_INVALID', 'Did you mean "domains"?'],
      [9, 'CONFIG_INVALID', undefined],
    ]);
  });

  it('in services that are otherwise right are found beside those that are not', async () => {
    const text = `${base}services:
  web: { deploy: { replica: 2 } }
  api: { deploy: { servers: [nod-1] } }
`;
    expect((await errorsOf(text)).map((error) => error.split(' ')[0])).toEqual(['6:20', '7:30']);
  });

  it('point into the environment that is wrong, also when another one is deployed', async () => {
    const text = `${base}environments:
  production: {}
  staging:
    services:
      web: { deploy: { replica: 1 } }
services: { web: {} }
`;
    const expected = ['9:24 CONFIG_INVALID Unknown key "replica" in services.web.deploy.'];
    expect(await errorsOf(text)).toEqual(expected);
    expect(await errorsOf(text, { environment: 'staging' })).toEqual(expected);
  });

  it('in an environment that is not deployed do not ask for its secrets', async () => {
    const text = `${base}environments:
  production: {}
  staging: { variables: { A: "\${{ secrets.STAGING }}" }, services: { web: { deploy: { replicas: "\${{ env.N }}" } } } }
services: { web: {} }
`;
    expect(await errorsOf(text)).toEqual([]);
    expect((await errorsOf(text, { environment: 'staging' })).map((error) => error.split(' ')[1])).toEqual([
      'CONFIG_REFERENCE_UNRESOLVED',
      'CONFIG_REFERENCE_UNRESOLVED',
    ]);
  });

  it('are none for an environment that does not exist but that error', async () => {
    expect(await failuresOf(withService('image: acme/web'), { environment: 'stagging' })).toMatchObject([
      { code: 'INPUT_INVALID', message: 'drayage.yml defines no environment "stagging".', exitStatus: 64 },
    ]);
  });

  it('use the name the file was given', async () => {
    await expect(load('project: A\n', { file: 'ops/prod.yml' })).rejects.toMatchObject({
      at: { file: 'ops/prod.yml', line: 1, column: 10 },
    });
  });
});
