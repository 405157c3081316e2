import { hash } from 'node:crypto';
import type { BuildkitSpec } from '../../config/buildkit-spec.ts';
import type { BuildSpec, RegistrySpec } from '../../config/model.ts';
import { buildkitImage } from '../../config/normalise/buildkit.ts';
import { formatCpus, formatSize } from '../../config/quantities.ts';
import { buildkitdConfig } from '../../docker/buildkitd-config.ts';
import type { EngineTraits } from '../../docker/engine-traits.ts';
import { quote, quoteArgv } from '../../transport/shell.ts';

/** A BuildKit in a container beside the engine: buildx's driver docker-container, under a name of ours. */
export interface ContainerBuilder {
  /** Name of the builder, by which `docker buildx` knows it as well. */
  readonly name: string;
  /** Shell text that makes sure it is there as it should be, and keeps it so (by a shared lock on descriptor 6) until the script ends. */
  readonly script: string;
  /** Files of the job's folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** Name of the builder of builds without limits. */
export const builderName = 'drayage';

const configFile = 'buildkitd.toml';

export interface BuilderWish {
  readonly settings: BuildkitSpec | undefined;
  readonly resources: BuildSpec['resources'];
  readonly registries: readonly RegistrySpec[];
  readonly traits: EngineTraits;
}

/**
 * The builder a build needs. Limits are those of the container, so builds with other limits have a builder of their own, with its own cache. Made
 * again when its settings have changed; its cache outlives that, and a restart of the server.
 */
export function containerBuilder({ settings, resources, registries, traits }: BuilderWish): ContainerBuilder {
  const { keepStorage, maxParallelism, image = buildkitImage } = settings ?? {};
  const authorities = registries.flatMap(({ ca }, index) =>
    ca === undefined ? [] : [[`ca-${index}.pem`, `${ca.trim()}\n`] as const],
  );
  const caFile = (host: string) => `ca-${registries.findIndex((registry) => registry.host === host)}.pem`;
  const text = buildkitdConfig({ keepStorage, maxParallelism, registries, facts: traits.registries, caFile });
  const options = [`image=${image}`, ...limits(resources)];
  const name = `${builderName}${suffix(resources)}`;
  // What it is made of: another state of this means another container.
  const state = hash('sha256', JSON.stringify([text, authorities, options])).slice(0, 16);
  const create = [
    ...['create', `--name=${name}`, '--driver=docker-container', `--config=${configFile}`],
    ...options.map((option) => `--driver-opt=${option}`),
  ];
  return {
    name,
    files: { [configFile]: text, ...Object.fromEntries(authorities) },
    script: ready(name, state, create),
  };
}

/** Options of buildx's docker-container driver. */
function limits({ nanoCpus, memory }: BuildSpec['resources']): string[] {
  const period = 100_000;
  return [
    ...(nanoCpus === undefined ? [] : [`cpu-period=${period}`, `cpu-quota=${Math.round((nanoCpus / 1e9) * period)}`]),
    // Without swap: a limit that spills over is none.
    ...(memory === undefined ? [] : [`memory=${memory}`, `memory-swap=${memory}`]),
  ];
}

function suffix({ nanoCpus, memory }: BuildSpec['resources']): string {
  const cpus = nanoCpus === undefined ? '' : `-cpus${formatCpus(nanoCpus)}`;
  return `${cpus}${memory === undefined ? '' : `-memory${formatSize(memory)}`}`;
}

/**
 * buildx starts a container that was stopped, and pulls the image where it is missing. `rm --keep-state` keeps the volume with the cache. What is
 * not there cannot be removed, which is fine.
 */
function ready(name: string, state: string, create: readonly string[]): string {
  const folder = '$DRAYAGE_STATE/buildx';
  return `exec 6<>"${folder}/${name}.lock"
is_ready() { [ "$(cat "${folder}/${name}.state" 2>/dev/null)" = ${state} ] && [ -e "${folder}/instances/${name}" ]; }
flock -s 6
until is_ready; do
  flock -x -n 6 || { echo 'waiting for builds that use the builder ${name}'; flock -x 6; }
  is_ready || {
    rm -f "${folder}/${name}.state"
    echo 'making the builder ${name}'
    buildx rm --keep-state ${quote(name)} >/dev/null 2>&1
    docker rm -f ${quote(`buildx_buildkit_${name}0`)} >/dev/null 2>&1
    buildx ${quoteArgv(create as [string, ...string[]])} >/dev/null && buildx inspect --bootstrap ${quote(name)} >made 2>&1 || {
      cat made
      buildx rm --keep-state ${quote(name)} >/dev/null 2>&1
      exit 1
    }
    echo ${state} > "${folder}/${name}.state"
  }
  flock -s 6
done`;
}
