import { posix } from 'node:path';
import type { BuildSpec } from '../../config/model.ts';
import { isSecret } from '../../config/secret.ts';
import { jobFile } from '../job-files.ts';
import type { FrontendRecipe } from '../types/type.ts';
import type { OutputKind } from './choice.ts';

export interface BuildxBuild {
  readonly build: BuildSpec;
  readonly recipe: FrontendRecipe;
  readonly platforms: readonly string[];
  /** The first is the most telling one. */
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly output: OutputKind;
  /** buildx builder; undefined: the engine's own. */
  readonly builder?: string;
}

type Attested = Pick<BuildSpec, 'provenance' | 'sbom'>;

/** Arguments of buildx. Relative paths are in the job's folder; no secret stands in it. */
export function buildxArguments(asked: BuildxBuild): [string, ...string[]] {
  const { build, recipe, platforms, names, labels, builder } = asked;
  return [
    'build',
    ...(builder === undefined ? [] : [`--builder=${builder}`]),
    '--progress=plain',
    ...attestations(build),
    `--metadata-file=${jobFile.metadata}`,
    ...outputArguments(asked, names),
    ...frontendArguments(recipe, labels),
    ...Object.keys(build.ssh).map((id) => `--ssh=${id}=${sshFile(id)}`),
    ...build.cache.from.map((entry) => `--cache-from=${entry}`),
    ...build.cache.to.map((entry) => `--cache-to=${entry}`),
    ...(build.network === 'default' ? [] : [`--network=${build.network}`]),
    ...(build.network === 'host' ? ['--allow=network.host'] : []),
    ...(build.noCache ? ['--no-cache'] : []),
    ...platforms.map((platform) => `--platform=${platform}`),
    recipe.context,
  ];
}

/**
 * An attestation holds the time of the build, so without being asked for there is none: the same sources would never give the same digest. With
 * `mode=max` it would tell the values of build arguments too.
 */
function attestations({ provenance, sbom }: Attested): string[] {
  return [
    provenance ? '--provenance=mode=min' : '--provenance=false',
    ...(sbom === false ? [] : [sbom === true ? '--sbom=true' : `--sbom=generator=${sbom}`]),
  ];
}

function outputArguments({ output, builder }: BuildxBuild, names: readonly string[]): string[] {
  if (output !== 'engine') {
    return [
      `--output=type=image,name=${repositoryOf(names[0] ?? '')},push-by-digest=true,name-canonical=true,push=true`,
    ];
  }
  return [...names.map((name) => `--tag=${name}`), ...(builder === undefined ? [] : ['--load'])];
}

/** What a name is without its tag and digest. */
export function repositoryOf(name: string): string {
  const [tagged = ''] = name.split('@');
  return posix.join(posix.dirname(tagged), posix.basename(tagged).replace(/:[^:]*$/, ''));
}

const unattested: Attested = { provenance: false, sbom: false };

/** Arguments of buildx that name and label an image which the engine has. */
export function labelArguments(
  names: readonly string[],
  labels: Readonly<Record<string, string>>,
  attested: Attested = unattested,
): string[] {
  return [
    'build',
    '--progress=plain',
    ...attestations(attested),
    `--metadata-file=${jobFile.metadata}`,
    ...names.map((name) => `--tag=${name}`),
    ...Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`),
  ];
}

/** What every driver asks of the frontend. */
export function frontendArguments(recipe: FrontendRecipe, labels: Readonly<Record<string, string>>): string[] {
  return [
    `--file=${recipe.file}`,
    ...Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`),
    ...Object.entries(recipe.args).map(([name, value]) => `--build-arg=${isSecret(value) ? name : `${name}=${value}`}`),
    ...Object.entries(recipe.contexts).map(([name, value]) => `--build-context=${name}=${value}`),
    ...Object.keys(recipe.secrets).map((name) => `--secret=id=${name},src=${secretFile(name)}`),
    ...(recipe.target === undefined ? [] : [`--target=${recipe.target}`]),
  ];
}

/** File of the job's folder that holds a build secret. */
export function secretFile(id: string): string {
  return `secret-${id}`;
}

/** File of the job's folder that holds a private key which is forwarded as an SSH agent. */
export function sshFile(id: string): string {
  return `ssh-${id}`;
}
