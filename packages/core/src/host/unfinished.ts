import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const schema = z.lazy(() =>
  z.object({
    id: z.string().regex(/^[A-Za-z0-9-]+$/),
    servers: z.array(z.object({ server: z.string(), jobs: z.array(z.string().regex(/^[A-Za-z0-9-]+$/)) })),
  }),
);

const folderOf = (cwd: string) => join(cwd, '.drayage', 'running');

/** Remembers on disk which servers a run has reached and which jobs run there, for the case that it is killed. */
export interface Footprints {
  connected(server: string): void;
  started(server: string, job: string): void;
  ended(server: string, job: string): void;
  /** The run ended by itself: there is nothing to clean up. */
  finished(): void;
}

export function footprints(cwd: string, id: string): Footprints {
  const servers = new Map<string, Set<string>>();
  const file = join(folderOf(cwd), `${id}.json`);
  const save = () => {
    const list = [...servers].map(([server, jobs]) => ({ server, jobs: [...jobs] }));
    mkdirSync(folderOf(cwd), { recursive: true });
    writeFileSync(join(cwd, '.drayage', '.gitignore'), '*\n');
    writeFileSync(file, JSON.stringify({ id, servers: list }));
  };
  const jobsOn = (server: string) => servers.get(server) ?? new Set<string>();
  return {
    connected: (server) => {
      servers.set(server, jobsOn(server));
      save();
    },
    started: (server, job) => {
      servers.set(server, jobsOn(server).add(job));
      save();
    },
    ended: (server, job) => {
      jobsOn(server).delete(job);
      save();
    },
    finished: () => rmSync(file, { force: true }),
  };
}

export interface UnfinishedRun {
  readonly id: string;
  readonly servers: readonly { readonly server: string; readonly jobs: readonly string[] }[];
  forget(): void;
}

/** Runs of this working directory that did not end by themselves, or the one asked for. Files that are damaged are ignored. */
export function unfinishedRuns(cwd: string, id?: string): UnfinishedRun[] {
  return filesIn(folderOf(cwd)).flatMap((name) => {
    const file = join(folderOf(cwd), name);
    const parsed = schema.safeParse(readJson(file));
    if (!parsed.success || (id !== undefined && parsed.data.id !== id)) return [];
    return [{ ...parsed.data, forget: () => rmSync(file, { force: true }) }];
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
