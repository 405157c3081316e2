import type { BuildSpec } from '../../config/model.ts';
import { isSecret } from '../../config/secret.ts';
import { jobFile } from '../job-files.ts';
import type { FrontendRecipe } from '../types/type.ts';

export interface DockerBuild {
  readonly build: BuildSpec;
  readonly recipe: FrontendRecipe;
  readonly platforms: readonly string[];
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Arguments of buildx for the BuildKit inside of the server's engine, which keeps the image itself. Relative paths are in the job's folder; no secret
 * stands in it.
 */
export function dockerArguments({ build, recipe, platforms, names, labels }: DockerBuild): [string, ...string[]] {
  return [
    'build',
    '--progress=plain',
    // An attestation holds the time of the build: the same sources would never give the same digest.
    '--provenance=false',
    `--metadata-file=${jobFile.metadata}`,
    ...names.map((name) => `--tag=${name}`),
    ...frontendArguments(recipe, labels),
    ...(build.noCache ? ['--no-cache'] : []),
    ...platforms.map((platform) => `--platform=${platform}`),
    recipe.context,
  ];
}

/** Arguments of buildx that name and label an image which is there. */
export function labelArguments(names: readonly string[], labels: Readonly<Record<string, string>>): string[] {
  return [
    'build',
    '--progress=plain',
    '--provenance=false',
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
