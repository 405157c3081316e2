import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { officialDocker } from '../../packages/core/src/setup/official-docker.ts';
import { sharedFunctions } from '../../packages/core/src/setup/plan.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';

/**
 * A package source laid out and signed as Docker's is, with empty packages: the script that uses it is the one users
 * run, only address and fingerprint differ. Docker's own source is not reachable from every machine that runs this test.
 */
const makeSource = `set -eu
apt-get install -y -qq --no-install-recommends gnupg >/dev/null 2>&1
export GNUPGHOME=/srv/keys; mkdir -m 700 $GNUPGHOME
gpg --batch --quiet --passphrase '' --quick-generate-key 'Package source' ed25519 sign
gpg --batch --quiet --passphrase '' --quick-generate-key 'Somebody else' ed25519 sign
pool=/srv/source/debian; packages=dists/bookworm/stable/binary-amd64/Packages
mkdir -p $pool/$(dirname $packages) /srv/package/DEBIAN; cd $pool
gpg --armor --export 'Package source' >gpg
for one in docker-ce=5:29.9.9-1~debian.12~bookworm docker-ce=5:28.5.2-1~debian.12~bookworm docker-ce-cli=5:29.9.9-1~debian.12~bookworm docker-ce-cli=5:28.5.2-1~debian.12~bookworm containerd.io=2.0 docker-buildx-plugin=1.0 docker-compose-plugin=1.0; do
  file=$(echo $one | tr '=:~' '___').deb
  printf 'Package: %s\\nVersion: %s\\nArchitecture: amd64\\nMaintainer: nobody\\nDescription: empty\\n' \${one%%=*} \${one#*=} >/srv/package/DEBIAN/control
  dpkg-deb --build /srv/package $file >/dev/null
  { cat /srv/package/DEBIAN/control; echo "Filename: $file"; echo "Size: $(stat -c %s $file)"; echo "SHA256: $(sha256sum <$file | cut -d' ' -f1)"; echo; } >>$packages
done
cd dists/bookworm
{ printf 'Suite: bookworm\\nCodename: bookworm\\nComponents: stable\\nArchitectures: amd64\\nDate: %s\\nSHA256:\\n' "$(date -Ru)"
  echo " $(sha256sum <stable/binary-amd64/Packages | cut -d' ' -f1) $(stat -c %s stable/binary-amd64/Packages) stable/binary-amd64/Packages"; } >Release
gpg --batch --quiet --local-user 'Package source' --clearsign --output InRelease Release
for name in 'Package source' 'Somebody else'; do gpg --with-colons --fingerprint "$name" | awk -F: '$1 == "fpr" { print $10; exit }'; done`;

const os = { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian' };
let lab: Lab;
let host: Host;
let right = '';
let wrong = '';

beforeAll(async () => {
  lab = await startLab({ name: `official-${process.pid}`, log: () => undefined });
  host = await lab.host('node-1');
  [right = '', wrong = ''] = (await host.exec(makeSource)).stdout.trim().split('\n');
});
afterAll(() => lab.stop());

function install(fingerprint: string, versions: readonly string[] = ['28.5.2', '29.9.9']) {
  const script = officialDocker(os, { base: 'file:///srv/source', fingerprint, versions });
  return host.exec(`export DRAYAGE_JOB=$(mktemp -d)\n${sharedFunctions}(\nset -eu\n${script})`, { check: false });
}
const traces = async () =>
  (
    await host.exec(
      "ls /etc/apt/sources.list.d /etc/apt/keyrings; dpkg-query -W -f '${Package} ${Version}\\n' 'docker-ce*' 2>/dev/null",
      { check: false },
    )
  ).stdout;

describe("Docker's own package source", () => {
  it('is not used when its key has another fingerprint', async () => {
    const before = await traces();
    const { code, stdout } = await install(wrong);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `The key of file:///srv/source has the fingerprint '${right}'; expected was ${wrong}. Nothing was installed.`,
    );
    expect(await traces()).toBe(before);
  });

  it('is not used when it brings a second key beside the right one', async () => {
    await host.exec(
      "cp /srv/source/debian/gpg /srv/one; GNUPGHOME=/srv/keys gpg --armor --export 'Somebody else' >>/srv/source/debian/gpg",
    );
    const { code } = await install(right);
    expect(code).toBe(1);
    await host.exec('cp /srv/one /srv/source/debian/gpg');
  });

  it('gives the preferred version it has, not the newest', async () => {
    const { code, stdout } = await install(right, ['28.9.9', '28.5.2', '29.9.9']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(await traces()).toContain(
      'docker-ce 5:28.5.2-1~debian.12~bookworm\ndocker-ce-cli 5:28.5.2-1~debian.12~bookworm\n',
    );
    expect((await host.exec('cat /etc/apt/sources.list.d/docker.list')).stdout).toBe(
      'deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] file:///srv/source/debian bookworm stable\n',
    );
  });

  it('says what it has when none of the pinned versions is there', async () => {
    const { code, stdout } = await install(right, ['1.2.3']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "Docker's package source has none of the versions 1.2.3 for debian bookworm. It has: 5:29.9.9-1~debian.12~bookworm 5:28.5.2-1~debian.12~bookworm",
    );
  });
});
