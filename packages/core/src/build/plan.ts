import type { BuildSpec, ServiceSpec } from '../config/model.ts';
import { isSecret, reveal } from '../config/secret.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { dockerConfig } from '../registry/docker-config.ts';
import { tidy } from '../transport/private-key.ts';
import { exportLines, quoteArgv } from '../transport/shell.ts';
import {
  type BuildxBuild,
  buildxArguments,
  labelArguments,
  repositoryOf,
  secretFile,
  sshFile,
} from './drivers/arguments.ts';
import type { OutputKind } from './drivers/choice.ts';
import type { ContainerBuilder } from './drivers/container.ts';
import { jobFile } from './job-files.ts';
import { buildxLines, interimLines, labelledRecipe, relabelLines, relabelPushedLines } from './job-lines.ts';
import { imageLabels, imageNames, type Naming } from './names.ts';
import type { FrontendRecipe, Recipe } from './types/type.ts';

/** Everything about a build on one server that is decided before it starts. */
export interface BuildPlan {
  /** Shell text that makes the image, tells its id in a line `@drayage image <id>`, and leaves it in `$id`. No secret stands in it. */
  readonly script: string;
  /** Files of the job's folder on tmpfs: credentials of the registries, build secrets, secret arguments. */
  readonly files: Readonly<Record<string, string>>;
  /** All names the image gets, the most telling first; with `push-by-digest` it has none of them yet. */
  readonly names: readonly [string, ...string[]];
  readonly output: OutputKind;
  /** Arguments of buildx, where it is what builds. */
  readonly argv?: readonly [string, ...string[]];
}

export interface BuildInput extends Naming {
  readonly build: BuildSpec;
  readonly recipe: Recipe;
  /** Where the server's Docker CLI also looks for plugins. */
  readonly plugins: readonly string[];
  /** Platforms to build here; default: all of the build's, which may be none: the server's own. */
  readonly platforms?: readonly string[];
  /** Default: the server's engine. */
  readonly output?: OutputKind;
  /** A BuildKit in a container of its own; undefined: the engine's. */
  readonly builder?: ContainerBuilder;
}

/** Throws BUILD_IMPOSSIBLE for what cannot be built so. */
export function planBuild(input: BuildInput): BuildPlan {
  const { project, service, build, recipe, output = 'engine', builder } = input;
  const names = imageNames(input);
  const labels = imageLabels(input);
  const files = {
    ...recipe.files,
    ...builder?.files,
    [jobFile.dockerConfig]: dockerConfig(Object.values(project.registries), input.plugins),
  };
  if (recipe.kind === 'program') {
    refuseProgram(input);
    const all = recipe.previous === undefined ? names : [...names, recipe.previous];
    const labelled = relabelLines(labelArguments(all, labels));
    return { names, files, output, script: `${interimLines}\n${recipe.script}\n${labelled}` };
  }
  refuseSteering(service, recipe);
  const platforms = input.platforms ?? build.platforms;
  const asked = { build, recipe, platforms, names, labels, output, builder: builder?.name };
  const argv = buildxArguments(recipe.ignoresLabels === true ? { ...asked, ...unlabelled(asked) } : asked);
  const loaded = builder !== undefined && output === 'engine' ? names[0] : undefined;
  const lines = recipe.ignoresLabels === true ? labelledLines(argv, { ...asked, output }) : buildxLines(argv, loaded);
  const script = builder === undefined ? lines : `${builder.script}\n${lines}`;
  return { names, files: { ...files, ...secretFiles(build, recipe) }, output, argv, script };
}

/** What is labelled afterwards has no name before, and what is told of an image is told of the labelled one. */
function unlabelled({ build, output, names }: BuildxBuild): Pick<BuildxBuild, 'build' | 'names'> {
  return { build: { ...build, provenance: false, sbom: false }, names: output === 'engine' ? [] : names };
}

/** Shell text that builds what a frontend leaves without labels, and puts them on: in the engine, or where the image was pushed by its digest. */
function labelledLines(argv: readonly [string, ...string[]], asked: BuildxBuild): string {
  const { build, names, labels, output } = asked;
  const environment = `. "$DRAYAGE_JOB/${jobFile.environment}"`;
  if (output === 'engine') {
    const platform = asked.platforms.map((one) => `--platform=${one}`);
    const relabelled = relabelLines([...labelArguments(names, labels, build), ...platform]);
    return `${interimLines}\n${environment}\nbuildx ${quoteArgv(argv)} --tag="$interim" || exit 1\n${relabelled}`;
  }
  const recipe: FrontendRecipe = { ...labelledRecipe, kind: 'frontend', contexts: {}, args: {}, secrets: {} };
  const plain: BuildSpec = { ...build, cache: { from: [], to: [] }, ssh: {}, noCache: false };
  const pushed = relabelPushedLines(buildxArguments({ ...asked, recipe, build: plain }), repositoryOf(names[0] ?? ''));
  return `${environment}\nbuildx ${quoteArgv(argv)} || exit 1\n${pushed}`;
}

/** Secret arguments travel as environment of the client, build secrets and keys as files. */
export function secretFiles(build: BuildSpec, { args, secrets }: FrontendRecipe): Record<string, string> {
  const secretArgs = Object.entries(args).filter(([, value]) => isSecret(value));
  return {
    [jobFile.environment]: exportLines(Object.fromEntries(secretArgs.map(([name, value]) => [name, reveal(value)]))),
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [secretFile(name), reveal(value)])),
    ...Object.fromEntries(Object.entries(build.ssh).map(([id, key]) => [sshFile(id), keyText(id, key.reveal())])),
  };
}

/** The key as OpenSSH reads it. Throws SSH_KEY_INVALID. */
export function keyText(id: string, key: string): string {
  const text = tidy(key);
  if (text !== undefined) return text;
  throw new DrayageError(
    'SSH_KEY_INVALID',
    `The key "${id}" in build.ssh cannot be read: it has no BEGIN and END line.`,
    {
      hint: 'Paste the whole file, from "-----BEGIN" to "-----END … PRIVATE KEY-----", with its line breaks.',
    },
  );
}

/** Such a type makes one image in the server's engine, by itself. */
function refuseProgram({ service, build, builder, output = 'engine' }: BuildInput): void {
  if (builder === undefined && output !== 'push-by-digest') return;
  const where = `services.${service.name}.build`;
  const other =
    build.driver === 'container' ? `${where}.driver is container` : `${where}.driver would have to be container`;
  throw new DrayageError(
    'BUILD_IMPOSSIBLE',
    `${where}.type is ${build.type}, which builds in the server's engine by itself, and ${other}.`,
    {
      hint: 'Remove platforms, cache.to, sbom, provenance, resources and driver, or use another type.',
      at: service.at,
    },
  );
}

/** Variables that would steer the client instead of reaching the build. */
const clientVariables = /^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;

export function refuseSteering(service: ServiceSpec, recipe: FrontendRecipe): void {
  const where = `services.${service.name}.build`;
  const steering = Object.entries(recipe.args).find(([name, value]) => isSecret(value) && clientVariables.test(name));
  if (steering !== undefined) {
    const what = `${where}.args.${steering[0]} carries a secret, and a variable of that name would steer the Docker client.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint: 'Use build.secrets, or another name.', at: service.at });
  }
}
