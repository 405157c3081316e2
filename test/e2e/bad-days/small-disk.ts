import type { Host } from '../../lab/host.ts';

/** A folder of a host that lies on a disk of its own, which fills up at a word. */
export interface SmallDisk {
  /** Leaves room for so many kilobytes. */
  fill(leave: number): Promise<void>;
  clear(): Promise<void>;
}

/** Gives a folder of a host a file system of its own, with what the folder held. Stops the engine meanwhile. */
export async function ownDisk(host: Host, folder: string): Promise<SmallDisk> {
  const resize = async (size: string): Promise<void> => {
    await host.exec(`mount -o remount,size=${size} ${folder}`);
  };
  await host.exec(`set -e
service docker stop
mkdir -p ${folder} /mnt/own
mount -t tmpfs -o size=4g,mode=711 tmpfs /mnt/own
cp -a ${folder}/. /mnt/own
mount --move /mnt/own ${folder}
service docker start
i=0; until docker info >/dev/null 2>&1; do i=$((i + 1)); [ $i -lt 100 ]; sleep 0.1; done`);
  return {
    fill: async (leave) => {
      const { stdout } = await host.exec(`df --output=used -k ${folder} | tail -n 1`);
      await resize(`${Number(stdout) + leave}k`);
    },
    clear: () => resize('4g'),
  };
}
