import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { refreshed } from '../../../packages/core/src/service/refreshed.ts';
import { referencesIn, runSpec } from '../../../packages/core/src/service/run-spec.ts';
import { deploySpec, pinned } from './specs.ts';

const resource = 'shop-production-web';
const file = (target: string, content: string | ReturnType<typeof secret>) =>
  ({ type: 'file', target, content, readOnly: true }) as const;
type Changes = Parameters<typeof deploySpec>[0];

/** What the containers find, by what it is called, when this was deployed and drayage.yml says that today. */
function contents(before: Changes, today: Changes): string[] {
  const recorded = runSpec(resource, deploySpec(before), [], pinned);
  const { spec, secrets } = refreshed(
    resource,
    { deploy: deploySpec(today), domains: [] },
    recorded.spec,
    recorded.secrets,
  );
  return referencesIn(spec).map((name) => secrets.get(name) ?? 'lost');
}

describe('refreshed', () => {
  it('takes variables and secrets of today', () => {
    const holding = (value: string) => ({ env: { TOKEN: secret(value) }, secrets: { KEY: secret(`${value}!`) } });
    expect(contents(holding('old'), holding('new'))).toEqual(['new', 'new!']);
  });

  it('takes the secrets in files of today', () => {
    const holding = (value: string) => ({ mounts: [file('/etc/app.conf', secret(`password=${value}`))] });
    expect(contents(holding('old'), holding('new'))).toEqual(['password=new']);
  });

  it('leaves files alone that hold no secret, or that drayage.yml has no more', () => {
    const before = { mounts: [file('/etc/plain.conf', 'size=1'), file('/etc/gone.conf', secret('old'))] };
    const today = { mounts: [file('/etc/plain.conf', 'size=2'), file('/etc/other.conf', secret('new'))] };
    expect(contents(before, today)).toEqual(['size=1', 'old']);
  });

  it('changes nothing else of a mount, nor what is no file', () => {
    const volume = { type: 'volume', source: 'data', target: '/data', readOnly: false } as const;
    const before = runSpec(
      resource,
      deploySpec({ mounts: [volume, file('/etc/app.conf', secret('old'))] }),
      [],
      pinned,
    );
    const deploy = deploySpec({ mounts: [{ ...file('/etc/app.conf', secret('new')), readOnly: false }] });
    const { spec } = refreshed(resource, { deploy, domains: [] }, before.spec, before.secrets);
    expect(spec.mounts).toMatchObject([volume, { type: 'file', target: '/etc/app.conf', readOnly: true }]);
  });
});
