import { DrayageError } from '../../errors/drayage-error.ts';
import { type Driver, type DriverQuestion, isInline, type OutputKind } from './choice.ts';

export interface Choice extends DriverQuestion {
  readonly driver: Driver;
  readonly output: OutputKind;
  /** Whether the image is loaded on the caller's machine, too. */
  readonly load: boolean;
}

/** Throws BUILD_IMPOSSIBLE for keys that exclude each other, naming both. */
export function refuseImpossible(choice: Choice): void {
  const { service, build, server, driver, output, load } = choice;
  const where = `services.${service.name}.build`;
  const driverKey = `${where}.driver${build.driver === 'auto' ? ` auto (here ${driver})` : ` ${driver}`}`;
  const refuse = (what: string, hint?: string) => {
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint, at: service.at });
  };
  const name = server?.name ?? build.servers[0] ?? '';
  const address = server?.buildkit?.address;
  if (driver === 'remote' && address === undefined)
    refuse(
      `${where}.driver is remote, and servers.${name} has no buildkit.address.`,
      'Add servers.<name>.buildkit.address, or use the driver container.',
    );
  if (driver !== 'remote' && server !== undefined && server.host === '')
    refuse(
      `${where}.driver is ${driver}, and servers.${name} has buildkit.address without a host: nothing but its buildkitd can be reached.`,
      `Use the driver remote, or add servers.${name}.host.`,
    );
  if (driver === 'docker' && output === 'push-by-digest')
    refuse(
      `${where}.platforms asks for images that are pushed by digest, and ${where}.driver is docker: buildx cannot do that in an engine's own BuildKit.`,
      'Use the driver container, or name one platform.',
    );
  if (driver !== 'docker' && build.network === 'host')
    refuse(
      `${where}.network is host, and ${driverKey} builds in a network of its own.`,
      `Use the driver docker, or remove ${where}.network.`,
    );
  const { nanoCpus, memory } = build.resources;
  if (driver === 'docker' && (nanoCpus !== undefined || memory !== undefined))
    refuse(
      `${where}.resources limits what a build may use, and ${driverKey} cannot: the engine's own BuildKit has no such limits.`,
      'Use the driver container.',
    );
  const asksForIndex =
    build.sbom !== false
      ? `${where}.sbom asks for an attestation`
      : build.provenance
        ? `${where}.provenance asks for an attestation`
        : build.platforms.length > 1
          ? `${where}.platforms names ${build.platforms.join(' and ')}`
          : undefined;
  if (driver !== 'docker' && asksForIndex !== undefined && (load || output === 'engine'))
    refuse(
      load
        ? `${asksForIndex}, and --load takes one plain image.`
        : `${asksForIndex}, and services.${service.name}.image names no registry that could hold it.`,
      load
        ? 'Leave --load out, and pull the image from the registry.'
        : `Name a registry under services.${service.name}.image.`,
    );
  if (driver === 'remote' && output === 'engine' && !load)
    refuse(
      `${driverKey} leaves no image on a server, and services.${service.name}.image names no registry to push to.`,
      `Name a registry under services.${service.name}.image, or load the image on this machine with --load.`,
    );
}

/** Throws BUILD_IMPOSSIBLE for what BuildKit inside of an engine with the classic image store cannot do, naming both keys. */
export function refuseOnClassicStore({ service, build }: Choice, server: string): void {
  const key = containerdKey({ build });
  if (key === undefined) return;
  const where = `services.${service.name}.build`;
  throw new DrayageError(
    'BUILD_IMPOSSIBLE',
    `${where}.${key.name} asks for ${key.what}, and ${where}.driver is docker: the engine of ${server} has the classic image store, which cannot.`,
    {
      hint: `Use the driver container, or turn on containerd's image store there: "features": { "containerd-snapshotter": true } in /etc/docker/daemon.json.`,
      at: service.at,
    },
  );
}

/** What the engine's own BuildKit can do with containerd's image store only; undefined: nothing of that is asked for. */
export function containerdKey({
  build,
}: Pick<Choice, 'build'>): { readonly name: string; readonly what: string } | undefined {
  const exported = build.cache.to.find((entry) => !isInline(entry));
  if (build.platforms.length > 1) return { name: 'platforms', what: `an image of ${build.platforms.length} platforms` };
  if (exported !== undefined) return { name: 'cache.to', what: `a cache outside of the engine (${exported})` };
  if (build.provenance) return { name: 'provenance', what: 'an attestation' };
  if (build.sbom !== false) return { name: 'sbom', what: 'an attestation' };
  return undefined;
}
