import { createHash } from 'node:crypto';
import type { BuildSpec, MaybeSecret, ServiceSpec } from '../../config/model.ts';
import { reveal, secret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { exportLines } from '../../transport/shell.ts';

export type Values = Readonly<Record<string, MaybeSecret>>;

/** File of the job's folder with build-time variables, as shell assignments; also the id of the build secret of the same content. */
export const valuesFile = 'build-values';

/** Folder in the job's folder with the fingerprint of the variables, and the named context it is to BuildKit. */
const fingerprintContext = 'build-fingerprint';

/** Variables that would steer programs on the build server instead of reaching the build. */
const steering = /^(?:PATH|HOME|IFS|ENV|BASH_ENV|TMPDIR|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_.*|DRAYAGE_.*|PACK_.*)$/;

/** Variables and secrets of a build whose tool knows only variables. Throws BUILD_IMPOSSIBLE for names that cannot be such. */
export function valuesOf({ env, secrets }: BuildSpec, service: ServiceSpec): Values {
  for (const [key, names] of Object.entries({ env, secrets })) {
    const odd = Object.keys(names).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
    const refused = Object.keys(names).find((name) => steering.test(name));
    const name = odd ?? refused;
    if (name === undefined) continue;
    const why =
      odd === undefined ? 'would steer programs on the build server' : 'is no name of an environment variable';
    throw new DrayageError('BUILD_IMPOSSIBLE', `services.${service.name}.build.${key}.${name}: ${name} ${why}.`, {
      hint: 'Use another name.',
      at: service.at,
    });
  }
  return { ...env, ...secrets };
}

/** Changes with the values, so that steps run anew when a secret changes, and tells nothing of a long one. */
export function fingerprint(values: Values): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(values).sort()) {
    const value = reveal(values[name] ?? '');
    hash.update(`${name}=${value.length}:${value}\n`);
  }
  // Enough to notice a change; too little to try values against.
  return hash.digest('hex').slice(0, 10);
}

export function shellValues(values: Values): string {
  return exportLines(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, reveal(value)])));
}

/** What a Dockerfile needs so that its RUN lines have the variables, and neither history nor layers. */
export interface MountedValues {
  readonly files: Readonly<Record<string, string>>;
  /** Shell text that puts the fingerprint where BuildKit reads it. */
  readonly script: string;
  readonly contexts: Readonly<Record<string, string>>;
  readonly secrets: Values;
  /** Options of RUN, and what stands in front of the command; empty without variables. */
  readonly options: string;
  readonly command: string;
}

export function mountedValues(values: Values): MountedValues {
  if (Object.keys(values).length === 0) {
    return { files: {}, script: '', contexts: {}, secrets: {}, options: '', command: '' };
  }
  const place = `/run/${valuesFile}`;
  return {
    files: { fingerprint: fingerprint(values) },
    script: `mkdir ${fingerprintContext} && mv fingerprint ${fingerprintContext}/ && chmod 644 ${fingerprintContext}/fingerprint || exit 1`,
    contexts: { [fingerprintContext]: fingerprintContext },
    secrets: { [valuesFile]: secret(shellValues(values)) },
    options: `--mount=type=secret,id=${valuesFile},target=${place},mode=0444 --mount=type=bind,from=${fingerprintContext},target=/run/${fingerprintContext} `,
    command: `. ${place}; `,
  };
}
