import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupMounts } from './cgroup.ts';
import { run } from './command.ts';
import { diskFolder, stateFolder } from './machine.ts';
import { chainName } from './network.ts';

/** Everything on this machine that belongs to a lab: processes, mounts, groups, links, rules, files. Empty once it is gone. */
export async function labTraces(name: string, octet: number): Promise<string[]> {
  const disk = join(diskFolder, name);
  const links = readdirSync('/sys/class/net').filter((link) => new RegExp(`^dl${octet}(h\\d+)?$`).test(link));
  const rules = (await run(['iptables-save'])).stdout.split('\n');
  const ours = new RegExp(`\\b${chainName(octet)}\\b|\\bdl${octet}\\b|10\\.77\\.${octet}\\.`);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const groups = cgroupMounts().map((mount) => join(mount, 'drayage-lab', name));
  const files = [disk, join(stateFolder, `${name}.json`), join(stateFolder, `${name}.log`), ...groups];
  return [
    ...processes(name).map((process) => `process ${process}`),
    ...links.map((link) => `link ${link}`),
    ...rules.filter((rule) => ours.test(rule)).map((rule) => `rule ${rule}`),
    ...mounts.filter((mount) => mount.includes(`${disk}/`)).map((mount) => `mount ${mount}`),
    ...files.filter((file) => existsSync(file)).map((file) => `file ${file}`),
  ];
}

/** Processes in the lab's control groups or with the lab's disk as their root's mount. */
function processes(name: string): string[] {
  const ids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return ids.flatMap((id) => {
    try {
      const inGroup = readFileSync(`/proc/${id}/cgroup`, 'utf8').includes(`/drayage-lab/${name}/`);
      const onDisk = readFileSync(`/proc/${id}/mountinfo`, 'utf8').includes(`upperdir=${diskFolder}/${name}/`);
      if (!inGroup && !onDisk) return [];
      return [`${id} ${readFileSync(`/proc/${id}/comm`, 'utf8').trim()} ${readlinkSync(`/proc/${id}/ns/net`)}`];
    } catch {
      // It ended while we looked, or it is a thread of the kernel.
      return [];
    }
  });
}
