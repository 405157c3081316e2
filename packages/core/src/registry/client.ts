import { createHash } from 'node:crypto';
import type { RegistrySpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type Answer, headerText, RegistryRequests, type RequestsOptions } from './requests.ts';
import { messageOf, noRepository } from './verdict.ts';

/** Image manifests and lists, of OCI and of Docker: without naming them all, a registry converts what it holds. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  /** As the registry sent it: the digest is of these bytes. */
  readonly bytes: Buffer;
}

export type ClientOptions = RequestsOptions;

/**
 * A registry's HTTP API (OCI distribution specification 1.1): reads and copies manifests. Layers are moved by Docker.
 * Throws REGISTRY_AUTH, REGISTRY_DENIED, REGISTRY_RATE_LIMITED, REGISTRY_UNREACHABLE.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #registry: RegistrySpec;
  readonly #requests: RegistryRequests;

  constructor(registry: RegistrySpec, options: ClientOptions = {}) {
    this.#registry = registry;
    this.#requests = new RegistryRequests(registry, options);
  }

  /**
   * Connects and learns how to authorize for a repository ahead of time, so that later requests take one turn each. Whether the registry accepts a password that
   * it wants with every request (basic authentication) is known after the first of them.
   */
  async prepare(path: string, access: 'pull' | 'pull,push' = 'pull'): Promise<void> {
    this.#requests.authorization.wants(path, access);
    await this.#requests.meet(path);
  }

  /**
   * The digest a tag or digest stands for; undefined where there is no such manifest. By GET and hash: after a HEAD undici gives the
   * connection up. Only Docker Hub is asked by HEAD, because a GET counts as a pull there.
   */
  async digest(path: string, reference: string): Promise<string | undefined> {
    if (this.#registry.host === 'docker.io') {
      const answer = await this.#manifest('HEAD', path, reference);
      const digest = headerText(answer?.headers['docker-content-digest']);
      // The header is optional in the specification; then the body tells.
      if (answer === undefined || digest !== undefined) return digest;
    }
    return (await this.manifest(path, reference))?.digest;
  }

  /** A manifest whose bytes were hashed here; undefined where there is none. DIGEST_MISMATCH when they are not what the name or the header says. */
  async manifest(path: string, reference: string): Promise<Manifest | undefined> {
    const answer = await this.#manifest('GET', path, reference);
    if (answer === undefined) return undefined;
    const digest = `sha256:${createHash('sha256').update(answer.bytes).digest('hex')}`;
    const claimed = reference.startsWith('sha256:') ? reference : headerText(answer.headers['docker-content-digest']);
    if (claimed?.startsWith('sha256:') === true && claimed !== digest) {
      const what = `Registry ${this.#registry.host} sent a manifest of ${path} with digest ${digest}; expected ${claimed}.`;
      throw new DrayageError('DIGEST_MISMATCH', what);
    }
    return { digest, mediaType: headerText(answer.headers['content-type']) ?? '', bytes: answer.bytes };
  }

  /** A small blob, such as an image's configuration; undefined where there is none. DIGEST_MISMATCH when it is not what its name says. */
  async blob(path: string, digest: string): Promise<Buffer | undefined> {
    const answer = await this.#requests.ask(
      { method: 'GET', target: `/v2/${path}/blobs/${digest}`, path },
      `${path}@${digest}`,
      [404],
    );
    if (answer.status === 404) return undefined;
    const found = `sha256:${createHash('sha256').update(answer.bytes).digest('hex')}`;
    if (found === digest) return answer.bytes;
    const what = `Registry ${this.#registry.host} sent a blob of ${path} with digest ${found}; expected ${digest}.`;
    throw new DrayageError('DIGEST_MISMATCH', what);
  }

  /** All tags of a repository; none where there is no such repository. */
  async tags(path: string): Promise<readonly string[]> {
    const tags: string[] = [];
    let next: string | undefined = `/v2/${path}/tags/list?n=1000`;
    while (next !== undefined) {
      const answer: Answer = await this.#requests.ask(
        { method: 'GET', target: next, path },
        `the tags of ${path}`,
        [404],
      );
      if (answer.status === 404) return [];
      const page: unknown = JSON.parse(answer.bytes.toString('utf8'));
      if (typeof page === 'object' && page !== null && 'tags' in page && Array.isArray(page.tags))
        tags.push(...page.tags.map(String));
      next = nextPage(headerText(answer.headers.link));
    }
    return tags;
  }

  /** Which of these tags (all of the repository's by default) stand for a digest. */
  async tagsOf(path: string, digest: string, among?: readonly string[]): Promise<readonly string[]> {
    const candidates = among ?? (await this.tags(path));
    const digests = await Promise.all(candidates.map((tag) => this.digest(path, tag)));
    return candidates.filter((_, index) => digests[index] === digest);
  }

  /**
   * Removes a manifest and with it all its tags (distribution specification, "Content management").
   *
   * @returns The registry's words where it does not do that, or not for this user; undefined when the manifest is gone.
   */
  async remove(path: string, digest: string): Promise<string | undefined> {
    this.#requests.authorization.wants(path, 'pull,delete');
    const target = `/v2/${path}/manifests/${digest}`;
    const refusals = [400, 401, 403, 404, 405, 501];
    const answer = await this.#requests.ask({ method: 'DELETE', target, path }, `${path}@${digest}`, refusals);
    if (answer.status < 300) return undefined;
    const body = answer.bytes.toString('utf8');
    // What another run has removed meanwhile is gone as well.
    if (answer.status === 404 && /MANIFEST_UNKNOWN|NAME_UNKNOWN/.test(body)) return undefined;
    const said = messageOf(body);
    return `HTTP ${answer.status}${said === '' ? '' : `, "${said}"`}`;
  }

  /**
   * Learns whether layers may be pushed, by beginning an upload: Docker tries a refused one again for a minute. Throws
   * REGISTRY_AUTH, REGISTRY_DENIED, and PUSH_FAILED where the repository does not exist; answers of any other kind are left to the push.
   *
   * @returns What gives the upload up again, in a turn of its own; it never rejects.
   */
  async checkPush(path: string): Promise<() => Promise<void>> {
    this.#requests.authorization.wants(path, 'pull,push');
    const upload = `/v2/${path}/blobs/uploads/`;
    const begun = await this.#requests.ask(
      { method: 'POST', target: upload, path },
      `repository ${path}`,
      [400, 404, 405],
    );
    if (begun.status === 404 && begun.bytes.includes('NAME_UNKNOWN')) throw noRepository(this.#registry.host, path);
    const location = headerText(begun.headers.location);
    const target = location === undefined ? undefined : new URL(location, this.#requests.origin);
    if (begun.status !== 202 || target?.origin !== this.#requests.origin) return async () => undefined;
    return async () => {
      const question = { method: 'DELETE', target: `${target.pathname}${target.search}`, path } as const;
      await this.#requests.send(question).catch(() => undefined);
    };
  }

  /** Gives a manifest of this repository another tag. */
  async tag(path: string, manifest: Manifest, tag: string): Promise<void> {
    this.#requests.authorization.wants(path, 'pull,push');
    const content = { body: manifest.bytes, headers: { 'content-type': manifest.mediaType } };
    const target = `/v2/${path}/manifests/${tag}`;
    await this.#requests.ask({ method: 'PUT', target, path, ...content }, `tag ${path}:${tag}`);
  }

  /** Ends what is under way and its connections. That the registry has taken note is not waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#requests.close();
  }

  async #manifest(method: 'GET' | 'HEAD', path: string, reference: string): Promise<Answer | undefined> {
    const subject = `${path}${reference.includes(':') ? '@' : ':'}${reference}`;
    const headers = { accept: manifestTypes.join(', ') };
    const question = { method, target: `/v2/${path}/manifests/${reference}`, path, headers };
    const answer = await this.#requests.ask(question, subject, [404]);
    return answer.status === 404 ? undefined : answer;
  }
}

/** The target of `Link: </v2/…>; rel="next"` (distribution specification, listing tags), if it stays on this registry. */
function nextPage(link: string | undefined): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '') ?? [];
  return target?.startsWith('/v2/') === true ? target : undefined;
}
