import type { Secret } from './model.ts';

/** A buildkitd of one's own: reached over TCP where it has an address, else in a container beside the server's engine. */
export interface BuildkitSpec {
  /** `tcp://host:port` */
  readonly address?: string;
  /** PEM of the authority that signed the daemon's certificate. */
  readonly ca?: string;
  /** PEM of the client's certificate. */
  readonly cert?: string;
  readonly key?: Secret;
  /** Whether drayage.yml names the three; else they are those that setup has written beside it, if it has. */
  readonly isNamed: boolean;
  /** Bytes of build cache that stay when it is collected. */
  readonly keepStorage?: number;
  /** Build steps that run at once. */
  readonly maxParallelism?: number;
  /** Image of buildkitd. */
  readonly image: string;
}
