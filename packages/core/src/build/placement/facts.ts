import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';

/** What one look at a build server tells about where a build should run. */
export interface BuilderFacts {
  /** As images name it: `linux/amd64`. */
  readonly platform: string;
  /** Bytes free where the engine keeps its images. */
  readonly freeDisk: number;
  /** Bytes that programs can have without swapping. */
  readonly freeMemory: number;
  readonly freeSlots: number;
  /** When the service was last built there, seconds since the epoch; undefined: never. */
  readonly builtAt: number | undefined;
}

/** Processors as `uname -m` and as images name them (containerd, platforms/database.go). */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
  armv7l: 'arm/v7',
  armv6l: 'arm/v6',
  i686: '386',
};

/**
 * Asks a server, in one turn.
 *
 * @param record Path below the server's state of the file that the service's last build left.
 */
export async function readBuilderFacts(
  server: Server,
  slots: number,
  record: string,
  signal: AbortSignal,
): Promise<BuilderFacts> {
  const { stdout } = await server.script(factsScript(slots, record), {
    purpose: 'Looking for a place to build',
    repeatable: true,
    signal,
  });
  return parseBuilderFacts(stdout);
}

function factsScript(slots: number, record: string): string {
  return `echo "machine $(uname -m)"
folder=/var/lib/docker; [ -d "$folder" ] || folder=$HOME/.local/share/docker; [ -d "$folder" ] || folder=/
echo "disk $(stat -f -c '%a %S' "$folder")"
while read -r key value unit; do [ "$key" != MemAvailable: ] || echo "memory $value"; done </proc/meminfo
free=0; slot=1
while [ "$slot" -le ${slots} ]; do
  file=$DRAYAGE_STATE/slots/$slot
  if [ ! -e "$file" ] || flock -n "$file" true; then free=$((free + 1)); fi
  slot=$((slot + 1))
done
echo "slots $free"
[ ! -e "$DRAYAGE_STATE/"${quote(record)} ] || echo "built $(stat -c %Y "$DRAYAGE_STATE/"${quote(record)})"
`;
}

export function parseBuilderFacts(text: string): BuilderFacts {
  const lines = new Map(text.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1)] as const));
  const number = (name: string, at = 0) => Number(lines.get(name)?.[at] ?? 0);
  const machine = lines.get('machine')?.[0] ?? '';
  return {
    platform: `linux/${architectures[machine] ?? machine}`,
    freeDisk: number('disk') * number('disk', 1),
    freeMemory: number('memory') * 1024,
    freeSlots: number('slots'),
    builtAt: lines.has('built') ? number('built') : undefined,
  };
}
