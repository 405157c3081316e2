import type { BuildkitSpec } from './buildkit-spec.ts';
import type { DeploySpec } from './deploy-spec.ts';
import type { SourceSpec } from './source-spec.ts';
import type { StaticSite } from './static-site.ts';

export type { DeploySpec, HealthSpec, MountSpec, PortSpec, UpdateSpec } from './deploy-spec.ts';
export type { SourceSpec };

/**
 * drayage.yml for one environment, resolved and normalised: references replaced, sizes in bytes, durations in
 * milliseconds, registries by normalised host. Everything below `config` works on these types only.
 */
export interface Project {
  /** The file it came from, relative to the working directory; undefined when built from inputs alone. */
  readonly file?: string;
  readonly organization?: string;
  readonly name: string;
  readonly environment: string;
  readonly servers: Readonly<Record<string, ServerSpec>>;
  /** Keys are normalised `host[:port]`. */
  readonly registries: Readonly<Record<string, RegistrySpec>>;
  readonly proxy?: ProxySpec;
  /** In the order in which they are deployed (depends-on first). */
  readonly services: readonly ServiceSpec[];
}

/** Text that carries a secret. Never put into argv, logs, records or state; `reveal` where it must be used. */
export interface Secret {
  readonly secret: true;
  reveal(): string;
  /** Prints as `***`, so that an accident shows nothing. */
  toString(): string;
  toJSON(): string;
}

export type MaybeSecret = string | Secret;

export interface ServerSpec {
  readonly name: string;
  /** `local` is this machine. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly role: 'build' | 'deploy' | 'both';
  readonly platforms: readonly string[];
  /** `SHA256:…` */
  readonly hostKey?: string;
  readonly jump?: string;
  readonly dockerSource: 'official' | 'distribution';
  /** How many builds may run at once. */
  readonly slots: number;
  /** Bytes: with less free, the server is passed over for builds. */
  readonly minFreeDisk: number;
  readonly minFreeMemory: number;
  readonly buildkit?: BuildkitSpec;
}

export interface RegistrySpec {
  readonly host: string;
  readonly username?: string;
  readonly password?: Secret;
  /** PEM. */
  readonly ca?: string;
  /** Plain HTTP. */
  readonly insecure: boolean;
  /** Who is asked for user and password: they do not live long, and are got by `registry/login.ts`. */
  readonly provider?: RegistryProvider;
  /** When the password ends, in milliseconds since the epoch; undefined: as far as we know it does not. */
  readonly expires?: number;
}

export type RegistryProvider =
  | {
      readonly kind: 'ecr';
      /** The public gallery, which has an API of its own. */
      readonly isPublic: boolean;
      readonly region: string;
      /** Of the API; undefined: the region's own. */
      readonly endpoint?: string;
      /** undefined: none were given. */
      readonly key?: { readonly id: string; readonly secret: Secret; readonly session?: Secret };
    }
  /** An access token of Microsoft Entra ID, or a refresh token of the registry itself. */
  | { readonly kind: 'acr'; readonly token: Secret }
  /** Key file of a Google service account as JSON, or an OAuth access token. */
  | { readonly kind: 'gar'; readonly key: Secret };

export interface ProxySpec {
  readonly type: 'traefik' | 'caddy' | 'external';
  readonly servers: readonly string[];
  readonly email?: string;
  readonly acme: {
    /** URL of the ACME directory (RFC 8555, 7.1.1). */
    readonly directory: string;
    /** PEM of the authority that signed the directory's own certificate. */
    readonly ca?: string;
    readonly challenge: 'http-01';
  };
}

export interface ServiceSpec {
  readonly name: string;
  readonly source: SourceSpec;
  /** undefined for a prebuilt image. */
  readonly build?: BuildSpec;
  /** Repository without tag or digest; undefined: no registry. */
  readonly image?: string;
  readonly tags: readonly string[];
  /** What the image is looked through for before it is deployed. */
  readonly scan?: ScanSpec;
  readonly sign?: SignSpec;
  readonly deploy: DeploySpec;
  readonly domains: readonly DomainSpec[];
  /** `file:line` of the service, for messages. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
}

/** What makes an image of a source. */
export type BuildType = 'dockerfile' | 'railpack' | 'nixpacks' | 'heroku' | 'paketo' | 'static' | 'compose';

export interface BuildSpec {
  /** `auto`: a Dockerfile of the source, else railpack. */
  readonly type: BuildType | 'auto';
  readonly servers: readonly string[];
  readonly platforms: readonly string[];
  readonly driver: 'auto' | 'docker' | 'container' | 'remote';
  readonly dockerfile: string;
  /** Text that takes the place of the source's Dockerfile: of a compose file, which may hold one. */
  readonly dockerfileText?: string;
  readonly context: string;
  /** Named contexts: folders relative to the source's root, or what buildx fetches (context-reference.ts). */
  readonly contexts: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly args: Readonly<Record<string, MaybeSecret>>;
  readonly secrets: Readonly<Record<string, MaybeSecret>>;
  /** Private keys that are forwarded as SSH agents, by id. */
  readonly ssh: Readonly<Record<string, Secret>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Build-time variables. */
  readonly env: Readonly<Record<string, MaybeSecret>>;
  /** Of the tool, or an image: each type says what of. */
  readonly version?: string;
  readonly command?: string;
  /** What only static takes. */
  readonly site: StaticSite;
  /** The compose file, relative to the source; undefined: the first of the usual names. */
  readonly file?: string;
  /** Of RUN steps. */
  readonly network: 'default' | 'none' | 'host';
  /** Entries as buildx and buildctl take them: `type=…,…`. */
  readonly cache: { readonly from: readonly string[]; readonly to: readonly string[] };
  readonly noCache: boolean;
  /** The image of another generator than BuildKit's own, or whether there is one. */
  readonly sbom: boolean | string;
  readonly provenance: boolean;
  /** What each RUN step may use. */
  readonly resources: { readonly nanoCpus?: number; readonly memory?: number };
  readonly timeout: number;
}

export interface ScanSpec {
  readonly tool: 'trivy';
  /** The least severity that stops a deployment. */
  readonly failOn: 'low' | 'medium' | 'high' | 'critical';
}

export interface SignSpec {
  readonly tool: 'cosign';
  /** Private key as PEM, or the address of one in a KMS. */
  readonly key?: MaybeSecret;
  readonly password?: Secret;
  /** PEM, or the address of a key in a KMS. */
  readonly publicKey?: string;
  readonly keyless: boolean;
  readonly identity?: string;
  readonly identityPattern?: string;
  readonly issuer?: string;
  readonly transparencyLog: boolean;
  readonly verify: boolean;
}

export interface DomainSpec {
  readonly host: string;
  readonly path: string;
  /** Port inside the container. */
  readonly port: number;
  readonly https: boolean;
  readonly certificate:
    | { readonly kind: 'letsencrypt' }
    | { readonly kind: 'none' }
    | { readonly kind: 'custom'; readonly cert: string; readonly key: Secret };
}
