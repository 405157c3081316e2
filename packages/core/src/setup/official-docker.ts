import { quote } from '../transport/shell.ts';
import type { ServerFacts } from './facts.ts';

/** Docker's own package source (https://docs.docker.com/engine/install/). */
export interface OfficialSource {
  readonly base: string;
  /** Fingerprint of the key that signs it. */
  readonly fingerprint: string;
  /** Releases of docker-ce that are known to work, the preferred one first. */
  readonly versions: readonly string[];
}

export const officialSource: OfficialSource = {
  base: 'https://download.docker.com/linux',
  fingerprint: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
  versions: ['28.5.2', '28.5.1', '29.4.2'],
};

/**
 * Adds the source once its key has the right fingerprint, and installs the first of the pinned versions it has.
 * A source for Docker that is there already is used as it is.
 */
export function officialDocker(os: ServerFacts['os'], source: OfficialSource = officialSource): string {
  const repository = quote(`${source.base}/${os.id}`);
  return `apt_update
apt_install ca-certificates curl gnupg
if ! grep -rqsF ${repository} /etc/apt/sources.list /etc/apt/sources.list.d; then
  key=$DRAYAGE_JOB/docker.asc
  curl -fsSL --retry 5 --retry-connrefused --connect-timeout 20 -o "$key" ${repository}/gpg
  found=$(gpg --batch --homedir "$DRAYAGE_JOB" --show-keys --with-colons "$key" | awk -F: '$1 == "pub" { next_is_primary = 1 } $1 == "fpr" && next_is_primary { print $10; next_is_primary = 0 }')
  if [ "$found" != ${source.fingerprint} ]; then
    echo "The key of ${source.base} has the fingerprint '$found'; expected was ${source.fingerprint}. Nothing was installed."
    exit 1
  fi
  install -D -m 0644 "$key" /etc/apt/keyrings/docker.asc
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s %s stable\\n' "$(dpkg --print-architecture)" ${repository} ${quote(os.codename)} >/etc/apt/sources.list.d/docker.list
  rm -f "$DRAYAGE_JOB/updated"
  apt_update
fi
version=
for wanted in ${source.versions.map(quote).join(' ')}; do
  version=$(apt-cache madison docker-ce | awk -F' *[|] *' -v wanted=":$wanted-" 'index($2, wanted) { print $2; exit }')
  [ -z "$version" ] || break
done
if [ -z "$version" ]; then
  echo "Docker's package source has none of the versions ${source.versions.join(', ')} for ${os.id} ${os.codename}. It has: $(apt-cache madison docker-ce | awk '{ print $3 }' | tr '\\n' ' ')"
  exit 1
fi
apt_install "docker-ce=$version" "docker-ce-cli=$version" containerd.io docker-buildx-plugin docker-compose-plugin
`;
}
