import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';

/** What http.Agent expects of a connection beside reading and writing; a channel of SSH has no such settings. */
const settings = ['setKeepAlive', 'setNoDelay', 'setTimeout', 'ref', 'unref'] as const;

/** An HTTP agent whose connections come from `dial`. Connections are kept and used again, which saves the round trip of opening one. */
export class DialAgent extends Agent {
  readonly #dial: () => Promise<Duplex>;

  constructor(dial: () => Promise<Duplex>, options: AgentOptions = {}) {
    super({ keepAlive: true, maxSockets: 8, maxFreeSockets: 4, ...options });
    this.#dial = dial;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#dial().then(
      (stream) => {
        for (const name of settings) {
          if (typeof Reflect.get(stream, name) !== 'function') Reflect.set(stream, name, () => stream);
        }
        // A channel stays open in one direction; a connection the engine has ended must not be offered again.
        stream.once('end', () => {
          stream.end();
          stream.emit('agentRemove');
        });
        done?.(null, stream);
      },
      (error: Error) => (done as ((error: Error) => void) | undefined)?.(error),
    );
  }
}
