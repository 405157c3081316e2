import type { BuildSpec, ServiceSpec } from '../config/model.ts';
import { isSecret, reveal } from '../config/secret.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { dockerConfig } from '../registry/docker-config.ts';
import { exportLines, quoteArgv } from '../transport/shell.ts';
import { dockerArguments, labelArguments, secretFile } from './drivers/docker.ts';
import { jobFile } from './job-files.ts';
import { buildxLines, interimLines, relabelLines } from './job-lines.ts';
import { imageLabels, imageNames, type Naming } from './names.ts';
import type { FrontendRecipe, Recipe } from './types/type.ts';

/** Everything about a build on one server that is decided before it starts. */
export interface BuildPlan {
  /** Shell text that makes the image, tells its id in a line `@drayage image <id>`, and leaves it in `$id`. No secret stands in it. */
  readonly script: string;
  /** Files of the job's folder on tmpfs: credentials of the registries, build secrets, secret arguments. */
  readonly files: Readonly<Record<string, string>>;
  /** All names the image gets, the most telling first. */
  readonly names: readonly [string, ...string[]];
  /** Arguments of buildx, where it is what builds. */
  readonly argv?: readonly [string, ...string[]];
}

export interface BuildInput extends Naming {
  readonly build: BuildSpec;
  readonly recipe: Recipe;
  /** Where the server's Docker CLI also looks for plugins. */
  readonly plugins: readonly string[];
}

/** Throws BUILD_IMPOSSIBLE for what the engine's own BuildKit cannot do. */
export function planBuild(input: BuildInput): BuildPlan {
  const { project, service, build, recipe } = input;
  const names = imageNames(input);
  const labels = imageLabels(input);
  const files = {
    ...recipe.files,
    [jobFile.dockerConfig]: dockerConfig(Object.values(project.registries), input.plugins),
  };
  if (recipe.kind === 'program') {
    const all = recipe.previous === undefined ? names : [...names, recipe.previous];
    return { names, files, script: `${interimLines}\n${recipe.script}\n${relabelLines(labelArguments(all, labels))}` };
  }
  checkPossible(service, build, recipe);
  if (recipe.ignoresLabels) return { names, ...interimBuild(input, recipe, { names, labels, files }) };
  const argv = dockerArguments({ build, recipe, platforms: build.platforms, names, labels });
  return { names, files: { ...files, ...secretFiles(recipe) }, argv, script: buildxLines(argv) };
}

/** Built under an interim name first, for a frontend that makes no labels. */
function interimBuild(
  { build }: BuildInput,
  recipe: FrontendRecipe,
  { names, labels, files }: { names: readonly string[]; labels: Readonly<Record<string, string>>; files: BuildPlan['files'] },
): Omit<BuildPlan, 'names'> {
  const argv = dockerArguments({ build, recipe, platforms: build.platforms, names: [], labels: {} });
  const script = `${interimLines}
. "$DRAYAGE_JOB/${jobFile.environment}"
buildx ${quoteArgv(argv)} --tag="$interim" || exit 1
${relabelLines(labelArguments(names, labels))}`;
  return { files: { ...files, ...secretFiles(recipe) }, argv, script };
}

/** Secret arguments travel as environment of the client, build secrets as files. */
function secretFiles({ args, secrets }: FrontendRecipe): Record<string, string> {
  const secretArgs = Object.entries(args).filter(([, value]) => isSecret(value));
  return {
    [jobFile.environment]: exportLines(Object.fromEntries(secretArgs.map(([name, value]) => [name, reveal(value)]))),
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [secretFile(name), reveal(value)])),
  };
}

/** Variables that would steer the client instead of reaching the build. */
const clientVariables = /^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;

function checkPossible(service: ServiceSpec, build: BuildSpec, recipe: FrontendRecipe): void {
  const where = `services.${service.name}.build`;
  if (build.platforms.length > 1) {
    const what = `${where}.platforms names ${build.platforms.join(' and ')}; the engine's own builder makes images of one platform.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { at: service.at });
  }
  const steering = Object.entries(recipe.args).find(([name, value]) => isSecret(value) && clientVariables.test(name));
  if (steering !== undefined) {
    const what = `${where}.args.${steering[0]} carries a secret, and a variable of that name would steer the Docker client.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint: 'Use build.secrets, or another name.', at: service.at });
  }
}
