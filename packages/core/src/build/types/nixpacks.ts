import { ownerOf, resourceName } from '../../config/names.ts';
import { isSecret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { toolLines, toolOf } from '../../tools/wanted.ts';
import { quote, quoteArgv } from '../../transport/shell.ts';
import type { BuildType } from './type.ts';
import { mountedValues, shellValues, type Values, valuesFile, valuesOf } from './values.ts';

/** Folder and named context of what nixpacks writes. */
const written = 'nixpacks';

/**
 * nixpacks writes a Dockerfile and Nix expressions, and BuildKit builds them with the source as context. As nixpacks writes it, every variable would
 * be an ARG and an ENV of the image: here those that steer nixpacks itself (NIXPACKS_…) go to nixpacks alone, all others to the RUN lines as a secret.
 */
export const nixpacksType: BuildType = {
  hasDockerfile: false,
  plan: ({ project, service, build, context }) => {
    const tool = toolOf('nixpacks', build, service);
    if (tool === undefined) throw new DrayageError('INTERNAL_BUG', 'nixpacks is a tool.');
    const values = valuesOf(build, service);
    const [settings, others] = split(values);
    const hidden = Object.entries(settings).find(([, value]) => isSecret(value));
    if (hidden !== undefined) {
      const what = `services.${service.name}.build: ${hidden[0]} carries a secret, and nixpacks writes its own settings into the image.`;
      throw new DrayageError('BUILD_IMPOSSIBLE', what, {
        hint: 'Use another name: only NIXPACKS_… are settings.',
        at: service.at,
      });
    }
    const mounted = mountedValues(others);
    const shared = [
      ...(build.command === undefined ? [] : ['--build-cmd', build.command]),
      ...Object.keys(settings).flatMap((name) => ['--env', name]),
    ];
    const key = build.noCache ? ['--no-cache'] : ['--cache-key', resourceName(ownerOf(project, service))];
    return {
      kind: 'frontend',
      file: `${written}/Dockerfile`,
      context,
      contexts: { [written]: written, ...mounted.contexts },
      args: {},
      secrets: mounted.secrets,
      files: { ...mounted.files, [valuesFile]: shellValues(settings) },
      prepare: {
        title: `Plan ${service.name} with nixpacks ${tool.version}`,
        script: `${toolLines(tool)}
${mounted.script}
(. "$DRAYAGE_JOB/${valuesFile}" && exec "$nixpacks" build ${quoteArgv([context, '--out', written, ...key, ...shared])}) || exit 1
(. "$DRAYAGE_JOB/${valuesFile}" && exec "$nixpacks" plan ${quoteArgv([context, ...shared])}) > plan.json || exit 1
awk -v given=${quote(Object.keys(settings).join(' '))} -v options=${quote(mounted.options)} -v command=${quote(mounted.command)} '${rewrite}' part=1 plan.json part=2 ${written}/.nixpacks/Dockerfile > ${written}/Dockerfile || exit 1`,
      },
    };
  },
  diagnose: (log, { service, server }) => {
    const [, reason] = /^(?:Error: )?(Nixpacks was unable .+)$/m.exec(log) ?? /^Error: (.+)$/m.exec(log) ?? [];
    if (reason === undefined || log.includes('ERROR: ')) return undefined;
    const what = `nixpacks cannot plan the build of ${service.name} on ${server}: ${reason.trim().replace(/\.$/, '')}.`;
    const hint = /unable to generate a build plan/.test(reason)
      ? 'Add a Dockerfile or a nixpacks.toml to the source, or name another build.type.'
      : undefined;
    return new DrayageError('BUILD_FAILED', what, { hint, output: log.trim() });
  },
};

function split(values: Values): [settings: Values, others: Values] {
  const part = (isSetting: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('NIXPACKS_') === isSetting));
  return [part(true), part(false)];
}

/**
 * awk: from the plan, the variables that nixpacks itself sets, which the image gets by value; then the Dockerfile, whose own files come from the named
 * context, and whose commands get the build's variables. nixpacks writes one command a line (dockerfile_generation.rs), and those of phases with two
 * blanks or a mount behind RUN, which tells them from its own.
 */
const rewrite = `BEGIN { count = split(given, names, " "); for (i = 1; i <= count; i++) skip[names[i]] = 1 }
part == 1 && /^  "variables": \\{/ { inside = 1; next }
part == 1 && /^  \\}/ { inside = 0 }
part == 1 && inside {
  line = $0; sub(/^ *"/, "", line); sub(/,$/, "", line)
  name = line; sub(/".*/, "", name)
  value = line; sub(/^[^"]*": /, "", value)
  gsub(/[$]/, "\\\\$", value)
  if (!(name in skip)) variables = variables " " name "=" value
}
part == 1 { next }
/^ARG / { next }
/^ENV / && !/^ENV NIXPACKS_PATH=/ { if (variables != "") print "ENV" variables; next }
/^COPY [.]nixpacks\\// { sub(/^COPY /, "COPY --from=${written} ") }
/^RUN / && !/^RUN (nix-env |sudo apt-get |printf |true$|useradd )/ {
  rest = substr($0, 5); mounts = ""
  while (match(rest, /^ *--mount=[^ ]+/)) { mounts = mounts substr(rest, 1, RLENGTH) " "; rest = substr(rest, RLENGTH + 1) }
  sub(/^ +/, "", rest)
  print "RUN " options mounts command rest
  next
}
{ print }`;
