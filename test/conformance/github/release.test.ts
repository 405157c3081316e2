import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../../demo/visit.ts';
import type { Registry } from '../../lab/registry.ts';
import { commandsOf, groupsOf, outputsOf, wholeLog } from './act-log.ts';
import { exampleFile } from './checkout.ts';
import { forLab } from './lab-config.ts';
import { leaks } from './leaks.ts';
import { domain, missing, startWorld, type World } from './world.ts';

const absent = await missing();
if (absent !== undefined) console.log(`Left out: ${absent}.`);

describe.skipIf(absent !== undefined)('workflows with a build server and a registry under act', () => {
  let world: World<'builder' | 'node-1'>;
  let registry: Registry;
  let key: string;

  const use = (example: string): string => {
    world.checkout.write('drayage.yml', forLab(exampleFile(example, 'drayage.yml'), { ...world, registry }));
    return world.checkout.use(example);
  };

  beforeAll(async () => {
    world = await startWorld('act-release', ['builder', 'node-1'], 'node-1');
    registry = await world.lab.registry({ tls: true });
    key = world.hosts.builder.privateKey;
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  it('monorepo sets the servers up once, and deploys each service by a job of its own', async () => {
    const secrets = { SSH_KEY: key, GHCR_TOKEN: registry.password };
    const workflow = use('monorepo');
    for (const service of ['web', 'api']) world.checkout.application(service);
    world.checkout.commit('Two services');
    const run = await world.run({ workflow, secrets });
    expect(run.code, run.output).toBe(0);
    expect(leaks(wholeLog(run.entries), secrets)).toEqual([]);
    expect(groupsOf(run.entries)).toEqual(expect.arrayContaining(['web: deploy', 'api: deploy']));
    const list = `docker ps --filter label=dev.drayage.project=shop --format '{{.Label "dev.drayage.service"}}'`;
    const { stdout } = await world.hosts['node-1'].exec(list);
    expect(stdout.trim().split('\n').sort()).toEqual(['api', 'web']);
    const api = await visit(domain, world.hosts['node-1'].address, world.acme.rootCertificate, '/api');
    expect(await world.answer()).toMatch(/^version /);
    expect(api.body).toContain('/api');
  });

  it('release builds a tag in one job and deploys what was built in the next, to servers that are set up', async () => {
    const workflow = use('release');
    const version = world.checkout.commit('Release');
    world.checkout.tag('v1.2.3');
    const secrets = { SSH_KEY: key, BUILD_SSH_KEY: key, GHCR_TOKEN: registry.password };
    // act knows no approval: it runs the job at once. GitHub waits for the reviewers of the environment.
    const run = await world.run({ workflow, payload: { ref: 'refs/tags/v1.2.3' }, secrets });
    expect(run.code, run.output).toBe(0);
    expect(await world.answer()).toBe(`version ${version}`);
    const { tags, digest, 'pinned-image': deployed } = outputsOf(run.entries);
    expect(tags).toBe('1.2.3,1.2,1');
    expect(deployed).toBe(`${registry.host}/acme/shop-web@${digest}`);
    expect(commandsOf(run.entries, 'error')).toEqual([]);
    expect(leaks(wholeLog(run.entries), secrets)).toEqual([]);
  });
});
