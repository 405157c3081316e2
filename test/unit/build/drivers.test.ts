import { describe, expect, it } from 'vitest';
import { chooseDriver, chooseOutput } from '../../../packages/core/src/build/drivers/choice.ts';
import { containerBuilder } from '../../../packages/core/src/build/drivers/container.ts';
import { refuseImpossible } from '../../../packages/core/src/build/drivers/refuse.ts';
import { buildctlArguments } from '../../../packages/core/src/build/remote/arguments.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { traitsOf } from '../../../packages/core/src/docker/engine-traits.ts';

async function question(
  build: object,
  { server = {}, image = 'ghcr.io/acme/web' }: { server?: object; image?: string } = {},
) {
  const text = JSON.stringify({
    project: 'shop',
    servers: { builder: { host: 'b.example.com', role: 'both', ...server } },
    services: { web: { ...(image === '' ? {} : { image }), build } },
  });
  const { project } = await loadProject({ text, file: 'drayage.yml', secrets: { KEY: 'a key' } });
  const [service] = project.services;
  if (service?.build === undefined) throw new Error('no build');
  return { service, build: service.build, server: project.servers.builder };
}

const remote = { host: undefined, buildkit: { address: 'tcp://b.example.com:1234' } };

describe('the driver auto', () => {
  it.each<[string, object, object]>([
    ['docker', {}, {}],
    ['docker', { cache: { from: ['ghcr.io/acme/web:cache'], to: ['inline'] } }, {}],
    ['docker', { secrets: { A: 'b' }, ssh: ['default=key'] }, {}],
    ['container', { cache: { to: ['ghcr.io/acme/web:cache'] } }, {}],
    ['container', { platforms: ['linux/amd64', 'linux/arm64'] }, {}],
    ['container', { sbom: true }, {}],
    ['container', { provenance: true }, {}],
    ['container', { resources: { cpus: '2' } }, {}],
    ['container', {}, { buildkit: { 'keep-storage': '10g' } }],
    ['remote', {}, remote],
    ['docker', { driver: 'docker', provenance: true }, {}],
  ])('is %s for %j on %j', async (driver, build, server) => {
    expect(chooseDriver(await question(build, { server }))).toBe(driver);
  });

  it('sends an image to the registry at once where another BuildKit than the engine builds', async () => {
    const { service } = await question({});
    expect(chooseOutput('docker', service)).toBe('engine');
    expect(chooseOutput('container', service)).toBe('push');
    expect(chooseOutput('container', service, true)).toBe('engine');
    expect(chooseOutput('remote', service, true)).toBe('push');
    expect(chooseOutput('container', (await question({}, { image: '' })).service)).toBe('engine');
  });
});

describe('what cannot be had together', () => {
  it.each<[string, object, { server?: object; image?: string }, boolean, string]>([
    [
      'remote without an address',
      { driver: 'remote' },
      {},
      false,
      'services.web.build.driver is remote, and servers.builder has no buildkit.address.',
    ],
    [
      'docker without SSH',
      { driver: 'docker' },
      { server: remote },
      false,
      'services.web.build.driver is docker, and servers.builder has buildkit.address without a host: nothing but its buildkitd can be reached.',
    ],
    [
      'the network of the host in a container',
      { driver: 'container', network: 'host' },
      {},
      false,
      'services.web.build.network is host, and services.web.build.driver container builds in a network of its own.',
    ],
    [
      "limits in the engine's own BuildKit",
      { driver: 'docker', resources: { memory: '1g' } },
      {},
      false,
      "services.web.build.resources limits what a build may use, and services.web.build.driver docker cannot: the engine's own BuildKit has no such limits.",
    ],
    [
      'an attestation without a registry',
      { provenance: true },
      { image: '' },
      false,
      'services.web.build.provenance asks for an attestation, and services.web.image names no registry that could hold it.',
    ],
    [
      'an attestation that is loaded',
      { sbom: true },
      {},
      true,
      'services.web.build.sbom asks for an attestation, and --load takes one plain image.',
    ],
    [
      'a remote build without a registry',
      {},
      { server: remote, image: '' },
      false,
      'services.web.build.driver auto (here remote) leaves no image on a server, and services.web.image names no registry to push to.',
    ],
  ])('is refused by both keys: %s', async (_, build, around, load, message) => {
    const asked = await question(build, around);
    const driver = chooseDriver(asked);
    const choice = { ...asked, driver, output: chooseOutput(driver, asked.service, load), load };
    expect(() => refuseImpossible(choice)).toThrow(expect.objectContaining({ code: 'BUILD_IMPOSSIBLE', message }));
  });

  it.each([
    ['cache: { to: ["type=gha"] }', 'services.web.build.cache.to[0] is of type gha; expected registry, inline, local.'],
    ['cache: { to: ["type=registry"] }', 'services.web.build.cache.to[0] names no image: type=registry needs ref=….'],
    ['cache: { from: ["A B"] }', 'services.web.build.cache.from[0] is "A B"; expected an image, inline, or type=….'],
    [
      'ssh: [default]',
      'services.web.build.ssh[0] names no private key: on a build server there is no SSH agent of yours.',
    ],
  ])('is an error of the configuration: %s', async (build, message) => {
    const text = `project: shop\nservers: { b: { host: b.example.com } }\nservices: { web: { build: { ${build} } } }\n`;
    await expect(loadProject({ text, file: 'drayage.yml' })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message });
  });
});

describe('the builder in a container', () => {
  const traits = traitsOf({
    DriverStatus: [['Backing Filesystem', 'extfs']],
    RegistryConfig: {
      Mirrors: ['http://10.0.0.1:5000/', 'https://mirror.example.com/'],
      IndexConfigs: {
        'docker.io': { Secure: true },
        '10.0.0.1:5000': { Secure: false },
        'plain.example.com': { Secure: false },
      },
    },
  });
  const registries = [
    { host: 'own.example.com', ca: 'PEM', insecure: false },
    { host: 'http.example.com', insecure: true },
  ];

  it("knows the registries that the engine knows, and the project's", () => {
    const { files } = containerBuilder({ settings: undefined, resources: {}, registries, traits });
    expect(files['ca-0.pem']).toBe('PEM\n');
    expect(files['buildkitd.toml']).toBe(`[worker.oci]
  gc = true
[[worker.oci.gcpolicy]]
  filters = ["type==source.local", "type==exec.cachemount", "type==source.git.checkout"]
  keepDuration = "48h"
  maxUsedSpace = ${Math.floor((20 * 1024 ** 3) / 10)}
[[worker.oci.gcpolicy]]
  all = true
  reservedSpace = ${10 * 1024 ** 3}
  maxUsedSpace = ${20 * 1024 ** 3}
[registry."docker.io"]
  mirrors = ["10.0.0.1:5000", "mirror.example.com"]
[registry."10.0.0.1:5000"]
  http = true
[registry."plain.example.com"]
  http = true
[registry."http.example.com"]
  http = true
[registry."own.example.com"]
  ca = ["ca-0.pem"]
`);
  });

  it('has a name for its limits, and another state for other settings', () => {
    const plain = containerBuilder({ settings: undefined, resources: {}, registries, traits });
    const limited = containerBuilder({
      settings: undefined,
      resources: { nanoCpus: 5e8, memory: 2 ** 28 },
      registries,
      traits,
    });
    expect(plain.name).toBe('drayage');
    expect(limited.name).toBe('drayage-cpus0.5-memory256m');
    for (const option of ['cpu-period=100000', 'cpu-quota=50000', 'memory=268435456', 'memory-swap=268435456'])
      expect(limited.script).toContain(`--driver-opt=${option}'`);
    const settings = { isNamed: false, image: 'moby/buildkit:v0.20.0' };
    expect(containerBuilder({ settings, resources: {}, registries, traits }).script).not.toBe(plain.script);
    expect(containerBuilder({ settings: undefined, resources: {}, registries, traits }).script).toBe(plain.script);
  });
});

describe('the arguments of buildctl', () => {
  it('name files and hold no secret', async () => {
    const { build } = await question({
      secrets: { TOKEN: '${{ secrets.KEY }}' },
      ssh: ['default=${{ secrets.KEY }}'],
      target: 'run',
      'no-cache': true,
      network: 'none',
      cache: { from: ['ghcr.io/acme/web:cache'], to: ['type=registry,ref=ghcr.io/acme/web:cache,mode=max'] },
      provenance: true,
      sbom: true,
      resources: { cpus: '1.5', memory: '1g' },
    });
    const pem = { ca: 'CA', cert: 'CERT', key: 'KEY' };
    const argv = buildctlArguments({
      builder: { name: 'builder', address: 'tcp://b.example.com:1234', host: 'b.example.com', port: 1234, ...pem },
      build,
      recipe: {
        kind: 'frontend',
        file: '',
        context: '',
        contexts: { base: 'docker-image://busybox' },
        target: build.target,
        args: { A: 'b' },
        secrets: build.secrets,
      },
      source: { arguments: ['--local=context=/src'], secrets: {}, ssh: {} },
      platforms: ['linux/arm64'],
      names: ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:latest'],
      labels: { a: 'b' },
      push: { repository: 'ghcr.io/acme/web', registry: { host: 'ghcr.io', insecure: false } },
      load: true,
    });
    expect(argv).toEqual([
      '--addr=tcp://b.example.com:1234',
      '--tlsservername=b.example.com',
      '--tlscacert=ca.pem',
      '--tlscert=cert.pem',
      '--tlskey=key.pem',
      'build',
      '--progress=plain',
      '--metadata-file=metadata.json',
      '--frontend=dockerfile.v0',
      '--local=context=/src',
      '--opt=target=run',
      '--opt=platform=linux/arm64',
      '--opt=no-cache=',
      '--opt=force-network-mode=none',
      '--opt=cpuperiod=100000',
      '--opt=cpuquota=150000',
      '--opt=memory=1073741824',
      '--opt=memswap=1073741824',
      '--opt=attest:provenance=mode=min',
      '--opt=attest:sbom=',
      '--opt=label:a=b',
      '--opt=build-arg:A=b',
      '--opt=context:base=docker-image://busybox',
      '--secret=id=TOKEN,src=secret-TOKEN',
      '--ssh=default=ssh-default',
      '--import-cache=type=registry,ref=ghcr.io/acme/web:cache',
      '--export-cache=type=registry,ref=ghcr.io/acme/web:cache,mode=max',
      '--output=type=image,name=ghcr.io/acme/web,push=true,push-by-digest=true,name-canonical=true',
      '--output=type=docker,"name=ghcr.io/acme/web:1,ghcr.io/acme/web:latest",dest=image.tar',
    ]);
  });
});
