import type { Project, ServiceSpec } from '../config/model.ts';
import { pickService } from '../config/pick.ts';
import type { GitFacts } from '../config/scope.ts';
import type { Context } from '../context.ts';
import { engineLines } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { RegistryClient } from '../registry/client.ts';
import { isSameRepository } from '../registry/hosts.ts';
import type { Phase } from '../report/report.ts';
import { quote } from '../transport/shell.ts';
import { pushTags } from './apply.ts';
import { type Destination, destinationOf, pushScript, tagsToPush } from './plan.ts';

export interface PushRequest {
  readonly project: Project;
  /** The service's name. */
  readonly service: string;
  /** Name of the server that holds the image. */
  readonly server: string;
  readonly git: GitFacts;
}

export interface PushedImage {
  /** Name or id of the image on the server. */
  readonly image: string;
  /** The commit the image was built of, where it is not this checkout's. */
  readonly sourceCommit?: string;
  /** `sha256:…` of the manifest, where the registry has it already: no server need have it. */
  readonly digest?: string;
  /** The registry is known to have it under all tags, too: there is nothing to ask or to do. */
  readonly isTagged?: boolean;
}

export interface PushResult {
  /** Repository and first tag. */
  readonly image: string;
  /** `sha256:…`, as the registry has it. */
  readonly digest: string;
  /** Repository and digest: what is deployed. */
  readonly pinnedImage: string;
  readonly tags: readonly string[];
}

/**
 * Pushes an image that a build server holds, under the service's tags, and reads its digest back. Does nothing when the registry has it already.
 * Throws REGISTRY_*, IMAGE_NOT_FOUND, DIGEST_MISMATCH, PUSH_FAILED, DISK_FULL, CANCELLED, and what connecting throws.
 */
export async function pushImage(context: Context, request: PushRequest & PushedImage): Promise<PushResult> {
  await using push = new Push(context, request);
  return await push.finish(request);
}

/** A push whose connection to the registry is made while the image is being built. */
export class Push implements AsyncDisposable {
  readonly #context: Context;
  readonly #request: PushRequest;
  readonly #service: ServiceSpec;
  readonly #destination: Destination;
  readonly #client: RegistryClient;
  #preparing: Promise<void> | undefined;
  /** Tag → digest. */
  readonly #pushed = new Map<string, string>();

  constructor(context: Context, request: PushRequest) {
    const service = pickService(request.project, request.service);
    this.#context = context;
    this.#request = request;
    this.#service = service;
    this.#destination = destinationOf(request.project, service);
    this.#client = new RegistryClient(this.#destination.registry, {
      signal: context.signal,
      // The server that pushes reaches the registry for certain; this machine may not.
      dial: async (host, port) => (await context.connect(request.server)).dial(host, port),
    });
  }

  /** Connects to the registry and logs in, once. Rejects when it refuses the credentials, or does not answer. */
  #prepare(): Promise<void> {
    this.#preparing ??= this.#client.prepare(this.#destination.path, 'pull,push');
    return this.#preparing;
  }

  /** The push as a part of the build's own job. What it does not achieve, `finish` does, or explains. */
  followUp(names: readonly string[]): { title: string; script: string; onWords: (words: readonly string[]) => void } {
    // When the job is on its way to the server; nothing may delay that.
    setImmediate(() => void this.#prepare().catch(() => undefined));
    return {
      title: this.#title,
      script: pushScript(names[0] ?? '', names),
      onWords: ([word, tag = '', digest = '']) => {
        if (word === 'pushed') this.#pushed.set(tag, digest);
      },
    };
  }

  /** Pushes the tags that are not in the registry yet, and verifies all of them there. */
  async finish({ image, sourceCommit, digest: known, isTagged }: PushedImage): Promise<PushResult> {
    const { report } = this.#context;
    const tags = tagsToPush(this.#service, image, this.#request.git, sourceCommit);
    if (known !== undefined && isTagged) {
      report.note(`nothing to push: ${this.#isThere(tags, known)}`);
      return this.#result(tags, known);
    }
    const isPushed = known === undefined ? tags.every((tag) => this.#pushed.has(tag)) : await this.#tag(known, tags);
    const title = isPushed ? `Check ${this.#service.name} in ${this.#destination.registry.host}` : this.#title;
    return report.phase(title, async (phase) => {
      const digest = isPushed
        ? await this.#verify(tags)
        : ((await this.#present(image, tags)) ?? (await this.#push(image, tags, phase)));
      phase.note(`${this.#pushed.size === 0 ? 'nothing to push: ' : ''}${this.#isThere(tags, digest)}`);
      return this.#result(tags, digest);
    });
  }

  #isThere(tags: readonly string[], digest: string): string {
    return `the registry has ${tags.map((tag) => `${this.#destination.repository}:${tag}`).join(', ')} as ${digest}`;
  }

  #result(tags: readonly string[], digest: string): PushResult {
    const image = `${this.#destination.repository}:${tags[0]}`;
    return { image, digest, pinnedImage: `${this.#service.image}@${digest}`, tags };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  get #title(): string {
    return `Push ${this.#service.name} to ${this.#destination.registry.host}`;
  }

  /** The digest, when this image was pushed from this server before and the registry has it under every tag. */
  async #present(image: string, tags: readonly string[]): Promise<string | undefined> {
    const server = await this.#context.connect(this.#request.server);
    const text = `${engineLines(server.account)}
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' ${quote(image)}`;
    const purpose = `Looking for image ${image}`;
    const inspected = await server.script(text, { purpose, accept: 'any', signal: this.#context.signal });
    if (/No such (?:image|object)/i.test(inspected.stderr)) {
      throw new DrayageError('IMAGE_NOT_FOUND', `${server.name} has no image ${image}.`, {
        hint: `Build it first: drayage build-remote --service ${this.#service.name}`,
      });
    }
    const { repository, path } = this.#destination;
    const digests = inspected.stdout
      .split('\n')
      .filter((line) => line.includes('@') && isSameRepository(line, repository))
      .map((line) => line.slice(line.indexOf('@') + 1));
    if (digests.length === 0) return undefined;
    await this.#prepare();
    const found: (string | undefined)[] = [];
    for (const tag of tags) found.push(await this.#client.digest(path, tag));
    const [first] = found;
    return first !== undefined && digests.includes(first) && found.every((digest) => digest === first)
      ? first
      : undefined;
  }

  async #push(image: string, tags: readonly string[], phase: Phase): Promise<string> {
    const server = await this.#context.connect(this.#request.server);
    await pushTags({
      server,
      destination: this.#destination,
      image,
      tags,
      pushed: this.#pushed,
      name: `push-${this.#request.project.name}-${this.#service.name}`,
      phase,
      signal: this.#context.signal,
    });
    return this.#verify(tags);
  }

  /** Gives what the build has pushed those tags that it does not have yet. false: the registry does not have it any more. */
  async #tag(digest: string, tags: readonly string[]): Promise<boolean> {
    await this.#prepare();
    const { path } = this.#destination;
    for (const tag of tags) {
      if ((await this.#client.digest(path, tag)) !== digest) {
        const manifest = await this.#client.manifest(path, digest);
        if (manifest === undefined) return false;
        await this.#client.tag(path, manifest, tag);
      }
      this.#pushed.set(tag, digest);
    }
    return true;
  }

  /** Reads every tag back; the bytes are hashed here, so the digest is the registry's and not only Docker's word. */
  async #verify(tags: readonly string[]): Promise<string> {
    await this.#prepare();
    const { registry, repository, path } = this.#destination;
    const expected = this.#pushed.get(tags[0] ?? '');
    for (const tag of tags) {
      const found = await this.#client.digest(path, tag);
      const pushed = this.#pushed.get(tag);
      if (found !== undefined && found === pushed && pushed === expected) continue;
      const what = `Registry ${registry.host} has ${found ?? 'nothing'} as ${repository}:${tag}; ${pushed ?? 'nothing'} was pushed.`;
      throw new DrayageError('DIGEST_MISMATCH', what, {
        hint: 'Another run may have pushed the same tag at the same time. Run this step again.',
      });
    }
    return expected ?? '';
  }
}
