import type { BuildSpec, BuildType, ServiceSpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { releases, type Tool } from './catalogue.ts';

/** The tool a build type runs on its build server; undefined for a type that needs none beside Docker. Throws BUILD_IMPOSSIBLE. */
export function toolOf(type: BuildType, build: BuildSpec, service: ServiceSpec): Tool | undefined {
  switch (type) {
    case 'railpack':
    case 'nixpacks':
      return { name: type, version: versionOf(build, service) ?? releases[type].pinned };
    case 'heroku':
    case 'paketo':
      return { name: 'pack', version: releases.pack.pinned };
    default:
      return undefined;
  }
}

/** The version alone: build.version may also be an image, such as the frontend in a mirror, whose tag is the version. */
function versionOf({ version }: BuildSpec, service: ServiceSpec): string | undefined {
  if (version === undefined) return undefined;
  const [, found] = /(?:^|:)v?(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(version) ?? [];
  if (found !== undefined) return found;
  const what = `services.${service.name}.build.version is "${version}"; expected a version such as 1.2.3.`;
  throw new DrayageError('BUILD_IMPOSSIBLE', what, { at: service.at });
}

/** Folder of an installed tool, below the server's folder of tools. */
export function toolFolder({ name, version }: Tool): string {
  return `${name}-${version}`;
}

/**
 * Shell text that names the tool's program in a variable of its name: as setup installed it, or this very version on PATH. Prints
 * `@drayage missing-tool` and exits 1 where there is none.
 */
export function toolLines(tool: Tool): string {
  const { name, version } = tool;
  return `${name}=$DRAYAGE_STATE/tools/${toolFolder(tool)}/${name}
if [ ! -x "$${name}" ]; then
  ${name}=$(command -v ${name}) && case " $("$${name}" --version 2>/dev/null) " in *[\\ v]${version}[\\ +]*) ;; *) false ;; esac || {
    echo '@drayage missing-tool ${name} ${version}'
    exit 1
  }
fi`;
}

/** The error behind what `toolLines` printed. */
export function missingTool(log: string, service: ServiceSpec, server: string): DrayageError | undefined {
  const [, name, version] = /^@drayage missing-tool (\S+) (\S+)$/m.exec(log) ?? [];
  if (name === undefined) return undefined;
  const named = service.build?.type !== 'auto';
  const why = named ? `build.type is ${service.build?.type}` : 'the source has no Dockerfile, so railpack builds it';
  return new DrayageError(
    'BUILD_TOOL_MISSING',
    `${server} has no ${name} ${version}, which builds ${service.name}: ${why}.`,
    {
      hint: named
        ? 'drayage setup-build-server'
        : `Name it, services.${service.name}.build.type: railpack, then run \`drayage setup-build-server\`; or add a Dockerfile.`,
      at: service.at,
    },
  );
}
