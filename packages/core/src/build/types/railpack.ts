import { ownerOf, resourceName } from '../../config/names.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { toolLines, toolOf } from '../../tools/wanted.ts';
import { quoteArgv } from '../../transport/shell.ts';
import { isInline } from '../drivers/choice.ts';
import type { BuildType } from './type.ts';
import { fingerprint, shellValues, type Values, valuesFile, valuesOf } from './values.ts';

/** In a folder of its own: a frontend may read whatever stands beside its file. */
const planFile = 'plan/railpack-plan.json';

/**
 * railpack looks at the source and writes a plan; its frontend, an image of the same version, tells BuildKit what to run
 * (https://railpack.com/guides/running-railpack-in-production). All variables reach the build's steps as secrets.
 */
export const railpackType: BuildType = {
  hasDockerfile: false,
  mergesLayers: true,
  plan: ({ project, service, build, context, run }) => {
    if (build.cache.to.some(isInline)) {
      throw new DrayageError(
        'BUILD_IMPOSSIBLE',
        `services.${service.name}.build.cache.to is inline, and railpack's image gets its labels afterwards, which keeps no such cache.`,
        { hint: 'Write the cache to a registry or a folder: type=registry,ref=…', at: service.at },
      );
    }
    const values = valuesOf(build, service);
    const tool = toolOf('railpack', build, service);
    if (tool === undefined) throw new DrayageError('INTERNAL_BUG', 'railpack is a tool.');
    const command = build.command === undefined ? [] : ['--build-cmd', build.command];
    const names = Object.keys(values).flatMap((name) => ['--env', name]);
    return {
      kind: 'frontend',
      file: planFile,
      context,
      contexts: {},
      args: {
        BUILDKIT_SYNTAX: frontendImage(build.version, tool.version),
        'cache-key': resourceName(ownerOf(project, service)),
        ...secretsHash(values, build.noCache ? run : undefined),
      },
      secrets: values,
      ignoresLabels: true,
      files: { [valuesFile]: shellValues(values) },
      prepare: {
        title: `Plan ${service.name} with railpack ${tool.version}`,
        script: `${toolLines(tool)}
${ownFolderLines}
tries=0
until (. "$DRAYAGE_JOB/${valuesFile}" && exec "$railpack" prepare ${quoteArgv([context, '--plan-out', planFile, ...command, ...names])}); do
  # 75: a fault that may pass, such as a download that broke off.
  [ "$?" = 75 ] && [ "$tries" -lt 3 ] || exit 1
  tries=$((tries + 1))
  sleep 2
done${build.noCache ? `\n${anewLines}` : ''}`,
      },
    };
  },
  diagnose: (log, { service, server }) => {
    const [, reason] = /^ *\u2716 +(.+)$/m.exec(log) ?? [];
    if (reason === undefined) return undefined;
    const what = `railpack cannot plan the build of ${service.name} on ${server}: ${reason.trim().replace(/\.$/, '')}.`;
    return new DrayageError('BUILD_FAILED', what, { hint: hintFor(reason), output: log.trim() });
  },
};

/** What changes with the values, and with every run that wants nothing out of the cache. */
function secretsHash(values: Values, run: string | undefined): Record<string, string> {
  const parts = [
    ...(Object.keys(values).length === 0 ? [] : [fingerprint(values)]),
    ...(run === undefined ? [] : [run]),
  ];
  return parts.length === 0 ? {} : { 'secrets-hash': parts.join('-') };
}

/**
 * The frontend knows no `no-cache`. What it mounts beside the commands of a step with secrets is the hash of these: with another hash in each run, and secrets in
 * each step (all of them reach every command in any case), no command comes out of the cache (railpack, buildkit/build_llb/build_graph.go). Of two keys of one name the last counts.
 */
const anewLines = `sed '/^  "steps": \\[/,/^  \\]/ s/^    }/,"secrets":["*"]}/' ${planFile} > plan.anew && mv plan.anew ${planFile} || exit 1`;

/** railpack runs programs from this folder, whoever made it. */
const ownFolderLines = `mkdir -m 755 /tmp/railpack 2>/dev/null
[ -O /tmp/railpack ] && [ ! -L /tmp/railpack ] || {
  echo '\u2716 The folder /tmp/railpack belongs to another account, which could change what railpack runs from it. Remove it'
  exit 1
}`;

function frontendImage(given: string | undefined, version: string): string {
  return given?.includes('/') ? given : `ghcr.io/railwayapp/railpack-frontend:v${version}`;
}

function hintFor(reason: string): string | undefined {
  if (/mise/.test(reason) && /dial tcp|no such host|timeout|refused/.test(reason)) {
    return 'railpack downloads mise from github.com, and mise what the source needs: the build server has no way there.';
  }
  if (/could not determine how to build|no start command/i.test(reason)) {
    return 'Add a Dockerfile or a railpack.json to the source, or name another build.type.';
  }
  return undefined;
}
