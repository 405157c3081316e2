import * as z from 'zod';
import { engineLines } from '../../docker/cli-lines.ts';
import type { Account } from '../../transport/server.ts';

/** What a build server itself says. Sizes in bytes. */
export interface HostFacts {
  readonly engine: string;
  /** Which of the engine's two stores keeps images; only containerd's can push by digest and export caches. */
  readonly imageStore: 'classic' | 'containerd';
  /** undefined where it is missing. */
  readonly buildx: string | undefined;
  /** `os/architecture` of the engine. */
  readonly platform: string;
  readonly disk: { readonly free: number; readonly total: number };
  readonly memory: { readonly free: number; readonly total: number };
  readonly sources: number;
  readonly mirrors: number;
  readonly images: number;
}

/** POSIX sh, output for `parseHost`. A slot is in use where its lock cannot be had. */
export function hostScript(account: Account, slots: number): string {
  return `${engineLines(account)}
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say buildx "$(docker buildx version 2>/dev/null)"
used=0
for slot in $(seq ${slots}); do
  [ ! -e "$DRAYAGE_STATE/slots/$slot" ] || flock -n "$DRAYAGE_STATE/slots/$slot" true || used=$(( used + 1 ))
done
say slots $used
while read -r key value unit; do
  case $key in MemTotal:) say memory-total "$value" ;; MemAvailable:) say memory-free "$value" ;; esac
done </proc/meminfo
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S' $folder 2>/dev/null)"
for folder in sources git; do
  [ ! -d "$DRAYAGE_STATE/$folder" ] || say $folder "$(du -sk "$DRAYAGE_STATE/$folder" | cut -f 1)"
done
:
`;
}

const info = z.object({
  ServerVersion: z.string().default(''),
  OSType: z.string().default('linux'),
  Architecture: z.string().default(''),
  DriverStatus: z.array(z.array(z.string())).nullish(),
});
const usage = z.object({ LayersSize: z.number() });

const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm/v7',
  armv6l: 'arm/v6',
};

/** `engine` and `images` are bodies of the engine's answers to `/info` and `/system/df?type=image`. */
export function parseHost(text: string, engine: unknown, images: unknown): HostFacts & { readonly slotsUsed: number } {
  const values = new Map(text.split('\n').map((line) => line.split('\t') as [string, string]));
  const kilobytes = (name: string) => Number(values.get(name) ?? 0) * 1024;
  const [free = 0, total = 0, blockSize = 0] = (values.get('disk') ?? '').split(' ').map(Number);
  const { ServerVersion, OSType, Architecture, DriverStatus } = info.parse(engine);
  const isContainerd = DriverStatus?.some(
    ([key, value]) => key === 'driver-type' && value?.startsWith('io.containerd.') === true,
  );
  const [, version] = /buildx v?(\d[^\s+]*)/.exec(values.get('buildx') ?? '') ?? [];
  return {
    engine: ServerVersion,
    imageStore: isContainerd === true ? 'containerd' : 'classic',
    buildx: version,
    platform: `${OSType}/${architectures[Architecture] ?? Architecture}`,
    disk: { free: free * blockSize, total: total * blockSize },
    memory: { free: kilobytes('memory-free'), total: kilobytes('memory-total') },
    sources: kilobytes('sources'),
    mirrors: kilobytes('git'),
    images: usage.safeParse(images).data?.LayersSize ?? 0,
    slotsUsed: Number(values.get('slots') ?? 0),
  };
}
