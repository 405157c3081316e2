import { parseImage } from '../config/image-reference.ts';
import type { ServiceSpec } from '../config/model.ts';
import { isReachedOverSsh, pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type Manifest, RegistryClient } from '../registry/client.ts';
import { loggedIn } from '../registry/login.ts';
import { isImmutable } from '../registry/tags.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { pushTags } from './apply.ts';
import { Clearance } from './clearance.ts';
import type { TakenTags, Wanted } from './immutable.ts';
import { inspectImage } from './inspect.ts';
import { warnOfMovingTags } from './moving-tags.ts';
import { awaitWordLines, type Destination, destinationOf, pushScript, tagsToPush, wordScript } from './plan.ts';
import { settleOrTakeOver } from './rebuild.ts';
import type { PushedImage, PushInBuild, PushRequest, PushResult } from './request.ts';

/**
 * Pushes an image that a build server holds, under the service's tags, and reads its digest back. Does nothing when the registry has it already.
 * Throws REGISTRY_*, TAG_TAKEN, TAG_REFUSED, IMAGE_NOT_FOUND, DIGEST_MISMATCH, PUSH_FAILED, DISK_FULL, CANCELLED, and what connecting throws.
 */
export async function pushImage(context: Context, request: PushRequest & PushedImage): Promise<PushResult> {
  await using push = new Push(context, request);
  return await push.finish(request);
}

/** Together half a minute: a registry that is restarted is waited for, one that is gone is not. */
const patience = { retries: 9, longestDelay: 5_000 };

/** A push whose connection to the registry is made while the image is being built. */
export class Push implements AsyncDisposable {
  readonly #context: Context;
  readonly #request: PushRequest;
  readonly #service: ServiceSpec;
  readonly #destination: Destination;
  readonly #client: RegistryClient;
  readonly #clearance: Clearance;
  #phase: Phase | undefined;
  /** Whether Docker has tried layers again in the build's job, which it does for a minute. */
  #isTried = false;
  /** Tag → digest. */
  readonly #pushed = new Map<string, string>();

  constructor(context: Context, request: PushRequest) {
    const service = pickService(request.project, request.service);
    this.#context = context;
    this.#request = request;
    this.#service = service;
    this.#destination = destinationOf(request.project, service);
    this.#client = new RegistryClient(this.#destination.registry, {
      ...patience,
      signal: context.signal,
      login: () => loggedIn(context, this.#destination.registry),
      // The server that pushes reaches the registry for certain; this machine may not.
      dial: isReachedOverSsh(request.project, service, request.server)
        ? async (host, port) => (await context.connect(request.server)).dial(host, port)
        : undefined,
      onRetry: (reason) => this.#phase?.note(`${reason} Trying again.`),
    });
    this.#clearance = new Clearance(this.#client, this.#destination);
  }

  /** Those of these tags that stand for one image for good, and are in the registry already. */
  #takenOf(tags: readonly string[], commit = this.#request.git.sha): Promise<TakenTags> {
    return this.#clearance.taken(tags.filter((tag) => isImmutable(tag, commit)));
  }

  /** The push as a part of the build's own job. What it does not achieve, `finish` does, or explains. */
  followUp(names: readonly string[]): PushInBuild {
    const tags = names.flatMap((name) => parseImage(name)?.tag ?? []);
    // When the job is on its way to the server; nothing may delay that.
    setImmediate(() => void this.#takenOf(tags).catch(() => undefined));
    return {
      title: this.#title,
      script: pushScript(names[0] ?? '', names, awaitWordLines),
      onFolder: (folder) => void this.#allow(folder, tags).catch(() => undefined),
      onWords: ([word, tag = '', digest = '']) => {
        if (word === 'pushed') this.#pushed.set(tag, digest);
        else if (word === 'retrying') this.#isTried = true;
      },
    };
  }

  /** Lets the push in the build's job begin, unless it is refused, or a tag is taken: then it has to be known first by what. */
  async #allow(folder: string, tags: readonly string[]): Promise<void> {
    const server = await this.#context.connect(this.#request.server);
    // A line of somebody else's output must not name another place.
    if (!folder.startsWith(`${server.account.runDir}/jobs/`)) return;
    const isFree = await this.#takenOf(tags).then(({ size }) => size === 0, isRefusedLogin);
    const script = wordScript(folder, isFree ? 'push' : 'skip');
    await server.script(script, { purpose: 'Allowing the push to begin', accept: 'any', signal: this.#context.signal });
  }

  /** Pushes the tags that are not in the registry yet, and verifies all of them there. */
  async finish({ image, sourceCommit, digest: known, isTagged }: PushedImage): Promise<PushResult> {
    const { report } = this.#context;
    const tags = tagsToPush(this.#service, image, this.#request.git, sourceCommit);
    warnOfMovingTags(this.#context, this.#request, this.#destination, tags, sourceCommit);
    if (known !== undefined && isTagged === true) {
      report.note(`nothing to push: ${this.#isThere(tags, known)}`);
      return this.#result(tags, known);
    }
    const isPushed =
      known === undefined ? tags.every((tag) => this.#pushed.has(tag)) : await this.#tag(known, tags, sourceCommit);
    const title = isPushed ? `Check ${this.#service.name} in ${this.#destination.registry.host}` : this.#title;
    return report.phase(title, async (phase) => {
      this.#phase = phase;
      const digest = isPushed ? await this.#verify(tags) : await this.#push(image, tags, sourceCommit, phase);
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

  /** The digest of the image, after a push where the registry does not have it under every tag. */
  async #push(image: string, tags: readonly string[], commit: string | undefined, phase: Phase): Promise<string> {
    // The registry is asked while the server is.
    this.#takenOf(tags, commit).catch(() => undefined);
    const server = await this.#context.connect(this.#request.server);
    const look = await inspectImage(this.#context, server, image, this.#destination, this.#service.name);
    const wanted = { ...look, digests: [...look.digests, ...this.#pushed.values()] };
    const existing = await this.#settled(tags, commit, wanted);
    if (existing !== undefined) return this.#join(existing, tags);
    return (await this.#present(look.digests, tags)) ?? this.#pushFrom(server, image, tags, phase);
  }

  /** Gives what the build has pushed those tags that it does not have yet. false: the registry does not have it any more. */
  async #tag(digest: string, tags: readonly string[], commit: string | undefined): Promise<boolean> {
    const { path } = this.#destination;
    await this.#settle(await this.#takenOf(tags, commit), { digests: [digest] }, commit);
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

  async #settled(tags: readonly string[], commit: string | undefined, wanted: Wanted): Promise<Manifest | undefined> {
    const taken = await this.#takenOf(tags, commit).catch((error: unknown) => {
      if (isRefusedLogin(error)) return new Map<string, Manifest>();
      throw error;
    });
    return this.#settle(taken, wanted, commit);
  }

  #settle(taken: TakenTags, wanted: Wanted, commit: string | undefined): Promise<Manifest | undefined> {
    const { project, git } = this.#request;
    const rebuild = { project, service: this.#service, commit: commit ?? git.sha };
    return settleOrTakeOver(this.#client, { taken, wanted, rebuild }, this.#destination, this.#context.report);
  }

  /** The registry has the image: all that lacks is given its manifest, byte for byte. */
  async #join(manifest: Manifest, tags: readonly string[]): Promise<string> {
    const { path } = this.#destination;
    for (const tag of tags) {
      if ((await this.#client.digest(path, tag)) !== manifest.digest) await this.#client.tag(path, manifest, tag);
    }
    return manifest.digest;
  }

  /** The digest, when this image was pushed from this server before and the registry has it under every tag. */
  async #present(digests: readonly string[], tags: readonly string[]): Promise<string | undefined> {
    if (digests.length === 0) return undefined;
    await this.#clearance.prepare();
    const found: (string | undefined)[] = [];
    for (const tag of tags) found.push(await this.#client.digest(this.#destination.path, tag));
    const [first] = found;
    return first !== undefined && digests.includes(first) && found.every((digest) => digest === first)
      ? first
      : undefined;
  }

  async #pushFrom(server: Server, image: string, tags: readonly string[], phase: Phase): Promise<string> {
    await pushTags({
      server,
      destination: { ...this.#destination, registry: await loggedIn(this.#context, this.#destination.registry) },
      image,
      tags,
      pushed: this.#pushed,
      name: `push-${this.#request.project.name}-${this.#service.name}`,
      phase,
      isTried: this.#isTried,
      signal: this.#context.signal,
    });
    return this.#verify(tags);
  }

  /** Reads every tag back; the bytes are hashed here, so the digest is the registry's and not only Docker's word. */
  async #verify(tags: readonly string[]): Promise<string> {
    await this.#clearance.prepare();
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

/** Which password was refused, and why, Docker tells best, and at once. */
const isRefusedLogin = (error: unknown) => error instanceof DrayageError && error.code === 'REGISTRY_AUTH';
