import { ownerOf, resourceName } from '../../config/names.ts';
import { reveal } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { toolLines, toolOf } from '../../tools/wanted.ts';
import { quote, quoteArgv } from '../../transport/shell.ts';
import { interimHost } from '../job-lines.ts';
import type { BuildType } from './type.ts';
import { valuesOf } from './values.ts';

/** Folder in the job's folder that the lifecycle sees as /platform/env. */
const platform = 'platform';

/**
 * Cloud Native Buildpacks by `pack`, in the server's engine. Variables are mounted where the lifecycle looks for them (Platform API, "User-Provided
 * Variables"): as options of pack they would be a layer of an image for as long as the build runs.
 *
 * @param builderOf The builder image for build.version.
 */
export const buildpacksType = (type: 'heroku' | 'paketo', builderOf: (version?: string) => string): BuildType => ({
  hasDockerfile: false,
  plan: ({ project, service, build, context }) => {
    const values = valuesOf(build, service);
    const tool = toolOf(type, build, service);
    if (tool === undefined) throw new DrayageError('INTERNAL_BUG', 'pack is a tool.');
    refuseOthers(build.platforms, `services.${service.name}.build`, service.at);
    const owner = resourceName(ownerOf(project, service));
    const previous = `${interimHost}/previous/${owner}`;
    const caches = ['build', 'launch']
      .map((kind) => `type=${kind};format=volume;name=drayage-${owner}-${kind}`)
      .join(';');
    const names = Object.keys(values);
    const argv = [
      '--path',
      context,
      '--builder',
      builderOf(build.version),
      '--docker-host',
      'inherit',
      '--cache',
      caches,
      ...build.platforms.flatMap((one) => ['--platform', one]),
      ...(build.noCache ? ['--clear-cache', '--pull-policy', 'always'] : ['--pull-policy', 'if-not-present']),
      '--no-color',
    ];
    return {
      kind: 'program',
      previous,
      files: Object.fromEntries(names.map((name) => [`${platform}-${name}`, reveal(values[name] ?? '')])),
      script: `${toolLines(tool)}
# The caches have names of their own; without a key pack warns that they had none.
export PACK_HOME="$DRAYAGE_STATE/pack" PACK_VOLUME_KEY=drayage
mkdir -p "$PACK_HOME" && mkdir -m 755 ${platform} || exit 1
exec 6>"$PACK_HOME/${owner}.lock"
flock -n 6 || { echo 'waiting for another build of this service, which uses the same caches'; flock 6; }
set --
${names.map((name) => `mv ${platform}-${name} ${platform}/${name} && chmod 644 ${platform}/${name} || exit 1`).join('\n')}
${names.length === 0 ? '' : `set -- --volume "$DRAYAGE_JOB/${platform}:/platform/env:ro"`}
docker image inspect ${quote(previous)} >/dev/null 2>&1 && set -- "$@" --previous-image ${quote(previous)}
"$pack" build "$interim" ${quoteArgv(argv)} "$@" || exit 1`,
    };
  },
  diagnose: (log, { service, server }) => {
    const lines = log.trim().split('\n');
    const last = lines.findLast((line) => line.startsWith('ERROR: '));
    if (last === undefined || !/lifecycle|builder|buildpack/.test(last)) return undefined;
    // What a buildpack said last is the reason; pack itself only knows the exit status, and may tell it before it has passed on the rest.
    const said = lines
      .filter((line) => line !== last)
      .findLast(
        (line) => /\b(?:error|failed|no buildpack|not found|unable)\b/i.test(line) && !/exit status \d+$/.test(line),
      );
    const reason = (said ?? last).replace(/^(?:ERROR: |===> |\[\w+\] )+/, '').trim();
    const what = `The buildpacks of ${service.name} on ${server} failed: ${reason.replace(/\.$/, '')}.`;
    const hint = /no buildpack(?: groups)? (?:passed|participating)|No buildpack groups/i.test(log)
      ? 'No buildpack of the builder knows this source: name another builder under build.version, or another build.type.'
      : undefined;
    return new DrayageError('BUILD_FAILED', what, { hint, output: lines.slice(-30).join('\n') });
  },
});

function refuseOthers(platforms: readonly string[], where: string, at: DrayageError['at']): void {
  if (platforms.length < 2) return;
  throw new DrayageError(
    'BUILD_IMPOSSIBLE',
    `${where}.platforms names ${platforms.join(' and ')}; pack makes images of one platform.`,
    { at },
  );
}
