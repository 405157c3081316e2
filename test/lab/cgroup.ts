import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Version 1: a new cpuset is empty, and no process may enter it before it has processors and memory. */
function inheritCpus(parent: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(parent, file)) || existsSync(join(parent, 'cgroup.subtree_control'))) continue;
    writeFileSync(join(folder, file), readFileSync(join(parent, file)));
  }
}

/** Version 2: children get only the controllers their parent hands on. */
function shareControllers(parent: string): void {
  const control = join(parent, 'cgroup.subtree_control');
  if (!existsSync(control)) return;
  const controllers = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  if (controllers.length > 0) writeFileSync(control, controllers.map((name) => `+${name}`).join(' '));
}
