import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Mount points of the machine's control group hierarchies: one for version 2, about ten for version 1. */
export function cgroupMounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .flatMap((line) => line.split(' ')[4] ?? []);
}

/** Makes the group `drayage-lab/<lab>/<member>` in every hierarchy and returns the folders. */
export function makeGroups(lab: string, member: string): string[] {
  return cgroupMounts().map((mount) => {
    let folder = mount;
    for (const part of ['drayage-lab', lab, member]) {
      const parent = folder;
      folder = join(folder, part);
      if (existsSync(folder)) continue;
      shareControllers(parent);
      mkdirSync(folder);
      inheritCpus(parent, folder);
    }
    return folder;
  });
}

/** Wraps a command so that it, and all it starts, belongs to these groups, which is how it is found and ended later. */
export function inGroups(groups: readonly string[], argv: readonly string[]): string[] {
  const script = 'for group in $1; do echo $$ >"$group/cgroup.procs"; done; shift; exec "$@"';
  return ['sh', '-c', script, 'sh', groups.join(' '), ...argv];
}

/** Where a running host's own processes belong: in version 2 a group that controls sub-groups may hold none itself. */
export function innerGroups(groups: readonly string[]): string[] {
  return groups.map((group) => (onlyVersion2() ? join(group, 'init') : group));
}

/** Frees a host's group of `unshare`, which keeps its namespaces from outside and which the host cannot move itself. */
export function moveKeeper(lab: string, pid: number): void {
  if (!onlyVersion2()) return;
  for (const group of makeGroups(lab, 'services')) writeFileSync(join(group, 'cgroup.procs'), String(pid));
}

/** Removes what a host that died left below its groups, so that it can start in them again. */
export async function clearGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    const below = readdirSync(group, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
    const folders = below.map((entry) => join(entry.parentPath, entry.name));
    for (const folder of folders.sort().reverse()) await removeGroup(folder);
    if (!onlyVersion2()) continue;
    const control = join(group, 'cgroup.subtree_control');
    const controllers = readFileSync(control, 'utf8').trim().split(' ').filter(Boolean);
    if (controllers.length > 0) writeFileSync(control, controllers.map((name) => `-${name}`).join(' '));
  }
}

/** A process that was just killed occupies its group for a moment longer. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(20);
    }
  }
}

/** False on machines with version 1 for all that matters and an empty version 2 beside it. */
function onlyVersion2(): boolean {
  return cgroupMounts().every((mount) => existsSync(join(mount, 'cgroup.controllers')));
}

/** Version 1: a new cpuset is empty, and no process may enter it before it has processors and memory. */
function inheritCpus(parent: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(parent, file)) || onlyVersion2()) continue;
    writeFileSync(join(folder, file), readFileSync(join(parent, file)));
  }
}

/** Version 2: children get only the controllers their parent hands on. */
function shareControllers(parent: string): void {
  if (!onlyVersion2()) return;
  const control = join(parent, 'cgroup.subtree_control');
  const controllers = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  if (controllers.length > 0) writeFileSync(control, controllers.map((name) => `+${name}`).join(' '));
}
