import { type ProxyKind, proxyContainer, proxyFiles, proxyLabel } from '../../proxy/container.ts';
import { proxyPaths } from '../../proxy/slot.ts';
import { quote } from '../../transport/shell.ts';
import { deploymentPaths, parseRecord } from '../record.ts';

const mark = '@@remains';

/** POSIX sh; what it prints is for `parseFiles`. */
export function filesScript(stateDir: string, resources: readonly string[]): string {
  const each = resources.map((resource) => {
    const { folder, secrets } = deploymentPaths(stateDir, resource);
    const { active, slots } = proxyPaths(stateDir);
    const route = `${proxyFiles(stateDir).routes}/${resource}.json`;
    return `resource=${quote(resource)}
if cd ${quote(folder)} 2>/dev/null; then
  say folder 1
  say deployments "$(ls | grep -c '\\.json$')"
  [ ! -s current ] || say current "$(cat "$(cat current).json" 2>/dev/null)"
  cd /
fi
set -- ${quote(secrets)}/"$resource".*
[ ! -e "$1" ] || say secrets $#
[ ! -e ${quote(route)} ] || say route 1
[ ! -e ${quote(`${active}/${resource}`)} ] && [ ! -e ${quote(`${slots}/${resource}.plain.yml`)} ] || say slot 1
say images "$(docker image ls --quiet "drayage.local/$resource" 2>/dev/null | grep -c .)"
`;
  });
  return `say() { printf '%s\\t%s\\t%s\\t%s\\n' '${mark}' "$resource" "$1" "$2"; }
resource=-
say proxy "$(docker inspect --format '{{index .Config.Labels "${proxyLabel}"}}' ${proxyContainer} 2>/dev/null)"
${each.join('')}:
`;
}

/** What a server's disk keeps of one service. */
export interface KeptFiles {
  readonly isEmpty: boolean;
  readonly deployments: number;
  readonly secretFiles: number;
  readonly images: number;
  readonly hasRoute: boolean;
  readonly drain: number | undefined;
  readonly stopGracePeriod: number | undefined;
  /** Volumes that the serving deployment mounts, as drayage.yml names them. */
  readonly volumeSources: readonly string[];
}

export function parseFiles(output: string): {
  readonly proxy: ProxyKind | undefined;
  of(resource: string): KeptFiles;
} {
  const rows = output.split('\n').flatMap((line) => {
    const [begin, resource = '', key = '', ...value] = line.split('\t');
    return begin === mark ? [{ resource, key, value: value.join('\t') }] : [];
  });
  const saidOf = (resource: string, key: string) =>
    rows.find((row) => row.resource === resource && row.key === key)?.value;
  const number = (resource: string, key: string) => Number(saidOf(resource, key) ?? 0);
  const proxy = saidOf('-', 'proxy');
  return {
    proxy: proxy === 'caddy' || proxy === 'traefik' ? proxy : undefined,
    of: (resource) => {
      const record = parseRecord(saidOf(resource, 'current') ?? '');
      return {
        isEmpty:
          ['folder', 'secrets', 'route', 'slot'].every((key) => saidOf(resource, key) === undefined) &&
          number(resource, 'images') === 0,
        deployments: number(resource, 'deployments'),
        secretFiles: number(resource, 'secrets'),
        images: number(resource, 'images'),
        hasRoute: saidOf(resource, 'route') !== undefined,
        drain: record?.spec.drain,
        stopGracePeriod: record?.spec.stopGracePeriod,
        volumeSources: (record?.spec.mounts ?? []).flatMap((mount) => (mount.type === 'volume' ? [mount.source] : [])),
      };
    },
  };
}
