import { DrayageError } from '../../errors/drayage-error.ts';
import { type Driver, type DriverQuestion, isInline, type OutputKind } from './choice.ts';

export interface Choice extends DriverQuestion {
  readonly driver: Driver;
  readonly output: OutputKind;
}

/** Throws BUILD_IMPOSSIBLE for keys that exclude each other, naming both. */
export function refuseImpossible(choice: Choice): void {
  const { service, build, server, driver, output } = choice;
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
  if (output === 'engine' && (build.sbom !== false || build.provenance) && driver !== 'docker')
    refuse(
      `${where}.${build.provenance ? 'provenance' : 'sbom'} asks for an attestation, and services.${service.name}.image names no registry that could hold it.`,
      `Name a registry under services.${service.name}.image.`,
    );
  if (output === 'engine' && build.platforms.length > 1 && driver !== 'docker')
    refuse(
      `${where}.platforms names ${build.platforms.join(' and ')}, and services.${service.name}.image names no registry that could hold both.`,
      `Name a registry under services.${service.name}.image.`,
    );
  if (driver === 'remote' && output === 'engine')
    refuse(
      `${driverKey} leaves no image on a server, and services.${service.name}.image names no registry to push to.`,
      `Name a registry under services.${service.name}.image, or load the image here with --load.`,
    );
}

/** Throws BUILD_IMPOSSIBLE for what BuildKit inside of an engine with the classic image store cannot do, naming both keys. */
export function refuseOnClassicStore({ service, build, output }: Choice, server: string): void {
  const key = containerdKey({ build, output });
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
  output,
}: Pick<Choice, 'build' | 'output'>): { readonly name: string; readonly what: string } | undefined {
  const exported = build.cache.to.find((entry) => !isInline(entry));
  if (build.platforms.length > 1 && output !== 'push-by-digest')
    return { name: 'platforms', what: `an image of ${build.platforms.length} platforms` };
  if (output === 'push-by-digest') return { name: 'platforms', what: 'an image that is pushed by digest' };
  if (exported !== undefined) return { name: 'cache.to', what: `a cache outside of the engine (${exported})` };
  if (build.provenance) return { name: 'provenance', what: 'an attestation' };
  if (build.sbom !== false) return { name: 'sbom', what: 'an attestation' };
  return undefined;
}
