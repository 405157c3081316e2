import { normalizeRegistryHost } from '@drayage/core/config/registry-host';
import { serverFromAddress } from '@drayage/core/config/without-file';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Repository } from './repository.ts';
import { asName, type FoundService, frontOf, servicesOf } from './services.ts';

export const ciNames = ['github', 'gitlab', 'bitbucket', 'none'] as const;
export type Ci = (typeof ciNames)[number];

/** What the flags of `init` say. */
export interface Given {
  readonly server?: string;
  readonly domain?: string;
  readonly 'domain-port'?: number;
  readonly 'health-http'?: string;
  readonly 'acme-email'?: string;
  readonly registry?: string;
  readonly ci?: Ci;
  readonly service?: string;
  readonly project?: string;
}

/** Where services run. */
export interface Machine {
  readonly host: string;
  readonly user: string;
  readonly port?: number;
}

/** Everything a plan is made of. */
export interface Answers {
  readonly project: string;
  /** undefined where a drayage.yml is there that names its servers itself. */
  readonly server?: Machine;
  readonly services: readonly FoundService[];
  /** Name of the service that answers at the domain, or on port 80 where there is none. */
  readonly front: string;
  readonly domain?: string;
  readonly email?: string;
  readonly health?: string;
  readonly registry?: string;
  readonly ci: Ci;
}

/** One thing that only the user can know. */
export interface Question {
  readonly flag: 'server' | 'domain' | 'domain-port' | 'ci';
  readonly text: string;
  /** Taken when nothing is answered; undefined: it has to be. Empty: without. */
  readonly otherwise?: string;
}

/** The questions that flags and repository leave open, in the order they are asked. */
export function openQuestions(given: Given, repository: Repository, hasConfig: boolean): readonly Question[] {
  const front = frontOf(servicesNamed(given, repository), given.service);
  const questions: (Question | undefined)[] = [
    hasConfig || given.server !== undefined
      ? undefined
      : { flag: 'server', text: 'The server, as ssh reaches it (203.0.113.10, user@host or ssh://user@host:port)' },
    hasConfig || given.domain !== undefined
      ? undefined
      : { flag: 'domain', text: 'The domain it answers at (empty: none, port 80 of the server)', otherwise: '' },
    hasConfig || given['domain-port'] !== undefined || front?.port !== undefined
      ? undefined
      : { flag: 'domain-port', text: 'The port it listens on inside the container', otherwise: '3000' },
    given.ci !== undefined || ciOf(repository) !== undefined
      ? undefined
      : { flag: 'ci', text: `The CI that deploys (${ciNames.join(', ')})` },
  ];
  return questions.filter((question) => question !== undefined);
}

/**
 * The CI that a repository is on: that of its remote, whose files alone are read there. Files tell only where the remote
 * does not, because a repository that has moved, or is mirrored, still has those of the other CI.
 */
export function ciOf({ present, workflows, remote }: Repository): Exclude<Ci, 'none'> | undefined {
  const [, host = ''] = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:]+)/i.exec(remote ?? '') ?? [];
  const names = ['github', 'gitlab', 'bitbucket'] as const;
  const hosting = names.find((name) => host.toLowerCase().split('.').includes(name));
  if (hosting !== undefined) return hosting;
  if (workflows.length > 0) return 'github';
  if (present.has('.gitlab-ci.yml')) return 'gitlab';
  return present.has('bitbucket-pipelines.yml') ? 'bitbucket' : undefined;
}

/** Owner and name of a remote, such as acme/shop. */
export function pathOf(remote: string | undefined): string | undefined {
  const [, path] = /^(?:[a-z+]+:\/\/[^/]+\/|[^/]*?:)(.+?)(?:\.git)?\/?$/i.exec(remote ?? '') ?? [];
  return path;
}

/** All answers, from flags and what was found. Throws INPUT_INVALID for what is no server, registry or service. */
export function answersOf(given: Given, repository: Repository, hasConfig: boolean): Answers {
  const found = servicesNamed(given, repository);
  const front = frontOf(found, given.service);
  if (front === undefined) {
    const names = found.map(({ name }) => name).join(', ');
    throw invalid(`There is no service "${given.service}"; the Dockerfiles found here make ${names}.`);
  }
  const port = given['domain-port'] ?? front.port ?? 3000;
  const services = found.map((service) => (service === front ? { ...service, port } : service));
  return {
    project: given.project ?? projectName(repository),
    server: hasConfig ? undefined : machineOf(given.server ?? ''),
    services,
    front: front.name,
    domain: given.domain === '' ? undefined : given.domain,
    email: given['acme-email'],
    health: given['health-http'],
    registry: registryOf(given.registry),
    ci: given.ci ?? ciOf(repository) ?? 'none',
  };
}

/** With one Dockerfile the name is free to choose. */
function servicesNamed(given: Given, repository: Repository): readonly FoundService[] {
  const found = servicesOf(repository);
  const [only, ...others] = found;
  return given.service === undefined || only === undefined || others.length > 0
    ? found
    : [{ ...only, name: given.service }];
}

function projectName({ remote, manifest, folder }: Repository): string {
  const [last] = (pathOf(remote) ?? '').split('/').slice(-1);
  return asName(last ?? '') ?? asName(manifest?.name ?? '') ?? asName(folder) ?? 'project';
}

function machineOf(text: string): Machine {
  const url = text.includes('://') ? text : `ssh://${/^[0-9A-Fa-f]*:[0-9A-Fa-f:]+$/.test(text) ? `[${text}]` : text}`;
  const { host, user = 'root', port } = serverFromAddress(url)?.server ?? { host: '' };
  return { host, user, port: port === 22 ? undefined : port };
}

function registryOf(text: string | undefined): string | undefined {
  if (text === undefined || text === 'none') return undefined;
  const host = normalizeRegistryHost(text);
  if (host === undefined) throw invalid(`--registry is "${text}"; expected a host such as ghcr.io, or none.`);
  return host;
}

function invalid(message: string): DrayageError {
  return new DrayageError('INPUT_INVALID', message);
}
