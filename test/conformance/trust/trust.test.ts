import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import type { Context } from '../../../packages/core/src/context.ts';
import { RegistryClient } from '../../../packages/core/src/registry/client.ts';
import { connect } from '../../../packages/core/src/transport/connect.ts';
import type { Server } from '../../../packages/core/src/transport/server.ts';
import { clearImage } from '../../../packages/core/src/trust/clear.ts';
import { imageWith, missing, startTrustWorld, type TrustWorld } from './world.ts';

const absent = await missing();
if (absent !== undefined) console.log(`Left out: ${absent}.`);

/** A real trivy with a database of our own, and a real cosign, between a push to a real registry and a deployment. */
describe.skipIf(absent !== undefined)('what is scanned and signed', () => {
  let world: TrustWorld;
  const sign = { key: '${{ secrets.COSIGN_KEY }}', password: '${{ secrets.COSIGN_PASSWORD }}' };
  const deploy = { mode: 'standalone', 'stop-grace-period': '1s', drain: '0s' };
  const web = () => ({ image: `${world.plain.host}/acme/web`, tags: ['latest'], deploy });
  /** The container that serves, when the one before it has drained. */
  const running = async (): Promise<string> => {
    const list = `docker ps --quiet --no-trunc --filter label=dev.drayage.service=web`;
    const { stdout } = await world.vps.exec(`until [ "$(${list} | wc -l)" -le 1 ]; do sleep 0.2; done; ${list}`);
    return stdout.trim();
  };
  const up = (...flags: string[]) => world.drayage(['up', '--setup', 'never', '--log-format', 'plain', ...flags]);
  let serving = '';

  beforeAll(async () => {
    world = await startTrustWorld('trust');
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  it('is deployed when it is signed and clean, and is signed once', async () => {
    world.write(imageWith({ 'lab-tls': '2.0.0-r0' }));
    world.configure({ web: { ...web(), sign, scan: {} } });
    const first = await up();
    expect(first.code, first.text).toBe(0);
    expect(first.text).toMatch(/signed \S+\/acme\/web@sha256:/);
    expect(first.text).toMatch(/\/acme\/web@sha256:[0-9a-f]{64} is signed by sign\.key/);
    expect(first.text).toContain('vulnerabilities in the image of web: none; the report is .drayage/scan-web.json');
    expect(JSON.parse(readFileSync(join(world.folder, '.drayage/scan-web.json'), 'utf8'))).toMatchObject({
      SchemaVersion: 2,
      Metadata: { OS: { Family: 'alpine' } },
    });
    serving = await running();
    expect(serving).not.toBe('');
    const again = await up();
    expect(again.code, again.text).toBe(0);
    expect(again.text).toMatch(/@sha256:[0-9a-f]{64} is signed already/);
    expect(await running()).toBe(serving);
    for (const shown of [first.text, again.text]) {
      expect(shown).not.toContain(world.plain.password);
      expect(shown).not.toContain(world.keys.ours.password);
      expect(shown).not.toContain(world.keys.ours.privateKey.split('\n')[1]);
    }
    expect(world.leftovers()).toEqual([]);
  });

  it('is not deployed with a critical finding, by none of the ways in', async () => {
    world.write(imageWith({ 'lab-tls': '1.0.0-r0', 'lab-zip': '1.0.0-r0' }));
    const summary = join(world.folder, 'summary.md');
    // GitHub's runner makes it before the step.
    writeFileSync(summary, '');
    const built = await world.drayage(['up', '--setup', 'never'], {
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '1',
    });
    expect(built.code, built.text).toBe(1);
    expect(built.text).toMatch(/critical +lab-tls +1\.0\.0-r0 +2\.0\.0-r0 +CVE-2099-0001/);
    expect(built.text).toContain(
      'The image of web has 1 critical vulnerability, the first CVE-2099-0001 in lab-tls 1.0.0-r0; scan.fail-on is critical.',
    );
    expect(built.text).toContain('Fixed versions exist: build again on a newer base image');
    expect(built.text).toContain('SCAN_FINDINGS');
    expect(readFileSync(summary, 'utf8')).toMatch(
      /### Scan of web: 1 critical, 2 high, 1 low\n\n<details>[\s\S]*\| critical \| lab-tls \| 1\.0\.0-r0 \| 2\.0\.0-r0 \| CVE-2099-0001 \|/,
    );
    expect(await running()).toBe(serving);
    const [, image = ''] = /(\S+\/acme\/web@sha256:[0-9a-f]{64}) was not deployed/.exec(built.text) ?? [];
    const alone = await world.drayage(['deploy-service', '--image', image]);
    expect(alone.code, alone.text).toBe(1);
    expect(alone.text).toContain('SCAN_FINDINGS');
    // A tag is looked at and deployed as one and the same digest.
    const tagged = await world.drayage(['deploy-service', '--image', `${world.plain.host}/acme/web:latest`]);
    expect(tagged.code, tagged.text).toBe(1);
    expect(tagged.text).toContain(`${image} was not deployed`);
    expect(await running()).toBe(serving);
    expect(world.leftovers()).toEqual([]);
  });

  it('is stopped by what is worse than fail-on names, and passes with what is accepted', async () => {
    world.write(imageWith({ 'lab-zip': '1.0.0-r0' }));
    world.configure({ web: { ...web(), scan: { 'fail-on': 'medium' } } });
    const high = await up();
    expect(high.code, high.text).toBe(1);
    expect(high.text).toContain('has 1 high vulnerability, the first CVE-2099-0003');
    world.write({ '.trivyignore': 'CVE-2099-0003\n' });
    const accepted = await up('--dry-run');
    expect(accepted.text).toContain(
      'web: its image would be scanned by trivy before, and stopped by a medium finding.',
    );
    const deployed = await up();
    expect(deployed.code, deployed.text).toBe(0);
    expect(deployed.text).toContain('vulnerabilities in the image of web: 1 low;');
    expect(await running()).not.toBe(serving);
    serving = await running();
  });

  it('is not deployed unsigned, signed by somebody else, or with the signature of another image', async () => {
    const image = await world.plain.put('library/nginx:1.27-alpine', 'acme/other');
    const [, digest = ''] = image.split('@sha256:');
    const { ours, theirs } = world.keys;
    world.write({ 'cosign.pub': ours.publicKey });
    world.configure({ web: { source: { image }, sign: { 'public-key': 'cosign.pub' }, deploy } });
    const unsigned = await up();
    expect(unsigned.code, unsigned.text).toBe(1);
    expect(unsigned.text).toContain('Nobody has signed the image of web: cosign says "no signatures found" about');
    expect(unsigned.text).toContain('SIGNATURE_INVALID');

    const config = JSON.stringify({
      auths: { [world.plain.host]: { auth: btoa(`${world.plain.username}:${world.plain.password}`) } },
    });
    world.write({ 'config.json': config });
    const flags = ['sign', '--yes', '--key=env://KEY', '--tlog-upload=false', '--use-signing-config=false'];
    const signAs = ({ privateKey: KEY, password: COSIGN_PASSWORD }: typeof ours, name: string) =>
      world.cosign([...flags, '--allow-http-registry', name], { KEY, COSIGN_PASSWORD, DOCKER_CONFIG: world.folder });
    await signAs(theirs, image);
    const foreign = await up();
    expect(foreign.code, foreign.text).toBe(1);
    expect(foreign.text).toContain('The image of web is not signed by the holder of sign.public-key: cosign says "');

    const another = await world.plain.put('library/redis:7', 'acme/other');
    await signAs(ours, another);
    await using registry = new RegistryClient({
      host: world.plain.host,
      username: world.plain.username,
      password: secret(world.plain.password),
      insecure: true,
    });
    const signature = await registry.manifest('acme/other', `sha256-${another.split('@sha256:')[1]}`);
    if (signature === undefined) throw new Error('cosign keeps its signatures under another name.');
    await registry.tag('acme/other', signature, `sha256-${digest}`);
    const copied = await up();
    expect(copied.code, copied.text).toBe(1);
    expect(copied.text).toContain('SIGNATURE_INVALID');
    expect(await running()).toBe(serving);

    await signAs(ours, image);
    const good = await world.drayage(['deploy-service']);
    expect(good.code, good.text).toBe(0);
    expect(good.text).toContain('is signed by the holder of sign.public-key');
    expect(world.leftovers()).toEqual([]);
  });

  it('says what is wrong with a key, before anything is signed with it', async () => {
    world.write(imageWith({ 'lab-tls': '2.0.0-r0' }));
    world.configure({ web: { ...web(), sign } });
    const wrong = await world.drayage(['up', '--setup', 'never'], { DRAYAGE_SECRET_COSIGN_PASSWORD: 'another one' });
    expect(wrong.code, wrong.text).toBe(1);
    expect(wrong.text).toContain('cosign cannot use the key of web (sign.key): decrypt: encrypted: decryption failed.');
    expect(wrong.text).toContain('Check sign.password.');
  });

  describe('wherever it is', () => {
    let server: Server;
    let context: Context;
    const lines: string[] = [];

    beforeAll(async () => {
      const { address: host, port, user, privateKey, hostKey } = world.vps;
      const report = {
        phases: [],
        phase: <T>(_: string, work: (phase: { output(): void; note(line: string): void }) => Promise<T>) =>
          work({ output: () => undefined, note: (line) => lines.push(line) }),
        note: () => undefined,
        warn: () => undefined,
        mask: () => undefined,
      };
      const target = { name: 'vps', host, port, user, auth: { privateKey }, hostKey, hostKeyPolicy: 'strict' } as const;
      server = await connect(target, { report });
      const run = { id: 'trust', who: 'test' };
      const { signal } = new AbortController();
      context = { report, signal, run, connect: async () => server, programs: async () => world.programs() };
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    const clear = async (image: string, fresh: boolean, service = 'web') => {
      lines.length = 0;
      const project = await world.project();
      const spec = project.services.find(({ name }) => name === service);
      if (spec === undefined) throw new Error(`There is no service ${service}.`);
      return clearImage(context, { project, service: spec, image, fresh });
    };

    it('reaches a registry with its own authority', async () => {
      const image = await world.tls.put('library/busybox:1.37.0', 'acme/tls');
      world.configure({ web: { image: `${world.tls.host}/acme/tls`, sign, scan: {} } });
      expect(await clear(image, true)).toBe(image);
      expect(lines.filter((line) => line.startsWith('signed'))).toEqual([`signed ${image}`]);
      expect(world.leftovers()).toEqual([]);
    });

    it('reaches a registry that only the server knows, by the connections of the server', async () => {
      const inner = `registry.inner.test:${world.plain.host.split(':')[1]}`;
      await world.vps.exec(`echo '${world.lab.gateway} registry.inner.test' >>/etc/hosts`);
      const put = await world.plain.put('library/busybox:1.37.0', 'acme/inner');
      const image = `${inner}/acme/inner@${put.split('@')[1]}`;
      const registry = { username: world.plain.username, password: '${{ secrets.REGISTRY }}', insecure: true };
      world.configure({ web: { image: `${inner}/acme/inner`, sign, scan: {} } }, { [inner]: registry });
      expect(await clear(image, true)).toBe(image);
      expect(lines).toContain(`signed ${image}`);
      expect(lines).toContain(`${inner} was accessed through vps`);
      expect(await clear(image, true)).toBe(image);
      expect(lines).toContain(`${image} is signed already`);
    });

    it('looks into an image that is in no registry at all', async () => {
      world.configure({ web: { scan: {}, deploy } });
      world.write(imageWith({ 'lab-tls': '1.0.0-r0' }));
      await world.vps.exec(`mkdir -p /tmp/inner`);
      for (const file of ['Dockerfile', 'alpine-release', 'installed']) {
        await world.vps.exec(`cat >/tmp/inner/${file}`, { stdin: readFileSync(join(world.folder, file), 'utf8') });
      }
      const built = await world.vps.exec('docker build --quiet /tmp/inner');
      const id = built.stdout.trim();
      await expect(clear(id, false)).rejects.toMatchObject({ code: 'SCAN_FINDINGS', exitStatus: 1 });
      expect(lines[0]).toBe('no registry has the image: it comes from vps to be looked at');
      expect(existsSync(join(world.folder, '.drayage', 'scan-web.json'))).toBe(true);
      expect(world.leftovers()).toEqual([]);
    });

    it('refuses what it cannot look at', async () => {
      const gone = `10.255.255.1:5000/acme/web@sha256:${'0'.repeat(64)}`;
      world.configure({ web: { image: '10.255.255.1:5000/acme/web', sign, scan: {} } });
      await expect(clear(gone, false)).rejects.toMatchObject({ code: 'SIGNATURE_UNCHECKED' });
      world.configure({ web: { image: `${world.plain.host}/acme/web`, scan: {} } });
      const unknown = `${world.plain.host}/acme/web@sha256:${'0'.repeat(64)}`;
      await expect(clear(unknown, false)).rejects.toMatchObject({
        code: 'SCAN_FAILED',
        message: expect.stringMatching(/^trivy could not look into the image of web \(\S+\): .*MANIFEST_UNKNOWN/),
      });
    });
  });
});
