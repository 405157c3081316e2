import { posix } from 'node:path';
import { type Dockerfile, folderOf, type Repository } from './repository.ts';

/** A service that drayage.yml is to have. */
export interface FoundService {
  readonly name: string;
  /** Folder that is built, `.` for all of the repository. */
  readonly source: string;
  /** The Dockerfile in it; undefined where there is none yet. */
  readonly dockerfile?: string;
  readonly port?: number;
}

/** One service for each Dockerfile; one where there is none. */
export function servicesOf({ dockerfiles, manifest }: Repository): readonly FoundService[] {
  if (dockerfiles.length === 0) {
    return [{ name: 'web', source: '.', port: manifest === undefined ? undefined : 3000 }];
  }
  const taken = new Set<string>();
  return dockerfiles.map((file) => {
    const name = unique(nameOf(file), taken);
    const [port] = file.ports;
    return { name, ...placeOf(file), port };
  });
}

/** The service that people see: the one asked for, or named like one, or the first that has a port. */
export function frontOf(services: readonly FoundService[], wanted?: string): FoundService | undefined {
  if (wanted !== undefined) return services.find(({ name }) => name === wanted);
  const usual = ['web', 'frontend', 'front', 'www', 'site', 'app'];
  const named = usual.map((name) => services.find((service) => service.name === name)).find(Boolean);
  return named ?? services.find(({ port }) => port !== undefined) ?? services[0];
}

/** Lower-case letters, digits and hyphens, as names in drayage.yml are; undefined where nothing is left. */
export function asName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}

/** `Dockerfile.worker` is the worker, `apps/api/Dockerfile` the api, a plain one at the root the web. */
function nameOf(file: Dockerfile): string {
  const own = posix.basename(file.path).replace(/\.?Dockerfile\.?/i, '');
  return asName(own) ?? asName(posix.basename(folderOf(file))) ?? 'web';
}

/** A Dockerfile that copies its own folder by its path is meant to be built from the root. */
function placeOf(file: Dockerfile): Pick<FoundService, 'source' | 'dockerfile'> {
  const folder = folderOf(file);
  const fromRoot = folder === '' || file.copied.some((path) => path === folder || path.startsWith(`${folder}/`));
  if (fromRoot) return { source: '.', dockerfile: file.path };
  return { source: folder, dockerfile: posix.basename(file.path) };
}

function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name}-${count}`;
  taken.add(free);
  return free;
}
