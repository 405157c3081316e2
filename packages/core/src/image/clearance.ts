import type { RegistryClient } from '../registry/client.ts';
import { type TakenTags, takenTags } from './immutable.ts';
import type { Destination } from './plan.ts';

/** What a registry says ahead of a push, while the image is being built: each thing is asked once. */
export class Clearance {
  readonly #client: RegistryClient;
  readonly #destination: Destination;
  #preparing: Promise<void> | undefined;
  #taken: Promise<TakenTags> | undefined;
  /** Takes back what was begun to learn whether layers may be pushed. */
  #giveUp = async (): Promise<void> => undefined;

  constructor(client: RegistryClient, destination: Destination) {
    this.#client = client;
    this.#destination = destination;
  }

  /** Connects and logs in. Rejects when the registry refuses the credentials, or the push, or does not answer. */
  prepare(): Promise<void> {
    const preparing = this.#preparing ?? this.#prepare();
    this.#preparing = preparing;
    // What was in the way then may be gone when it is needed.
    preparing.catch(() => {
      if (this.#preparing === preparing) this.#preparing = undefined;
    });
    return preparing;
  }

  /** Which of these tags the registry has. Rejects where `prepare` does. */
  taken(tags: readonly string[]): Promise<TakenTags> {
    this.#taken ??= this.#look(tags);
    return this.#taken;
  }

  async #prepare(): Promise<void> {
    const { path } = this.#destination;
    await this.#client.prepare(path, 'pull,push');
    this.#giveUp = await this.#client.checkPush(path);
  }

  async #look(tags: readonly string[]): Promise<TakenTags> {
    await this.prepare();
    const taken = await takenTags(this.#client, this.#destination, tags);
    // Last: nobody waits for this.
    void this.#giveUp();
    return taken;
  }
}
