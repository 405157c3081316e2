import { parseImage } from '../../config/image-reference.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { nginxConfig } from './nginx-config.ts';
import { pinned } from './pinned.ts';
import type { BuildType } from './type.ts';
import { mountedValues, valuesOf } from './values.ts';

/** Folder and named context of the server's configuration. */
const site = 'site';

/** A port that needs no privilege. */
export const staticPort = 8080;

/** A folder of the source, or of what a build step makes of it, behind nginx. Nothing in the image runs as root. */
export const staticType: BuildType = {
  hasDockerfile: false,
  plan: ({ service, build, context }) => {
    const { command, version = pinned.toolchain, site: wanted } = build;
    const { serverImage = pinned.webServer } = wanted;
    for (const [key, image] of [
      ['version', version],
      ['server-image', serverImage],
    ] as const) {
      if (parseImage(image) !== undefined) continue;
      const what = `services.${service.name}.build.${key} is "${image}"; expected an image such as ${key === 'version' ? pinned.toolchain : pinned.webServer}.`;
      throw new DrayageError('BUILD_IMPOSSIBLE', what, { at: service.at });
    }
    if (command === undefined && Object.keys(build.env).length + Object.keys(build.secrets).length > 0) {
      const what = `services.${service.name}.build has env or secrets, but no command that could read them.`;
      throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint: 'Add build.command.', at: service.at });
    }
    const mounted = mountedValues(command === undefined ? {} : valuesOf(build, service));
    const publish = wanted.publish === '.' ? '' : `${wanted.publish}/`;
    const step =
      command === undefined
        ? ''
        : `FROM ${version} AS build\nWORKDIR /app\nCOPY . .\nRUN ${mounted.options}${mounted.command || ': ; '}${command}\n`;
    const files =
      command === undefined ? `COPY ${json(`./${publish}`)}` : `COPY --from=build ${json(`/app/${publish}`)}`;
    return {
      kind: 'frontend',
      file: `${site}/Dockerfile`,
      context,
      contexts: { [site]: site, ...mounted.contexts },
      args: {},
      secrets: mounted.secrets,
      files: {
        ...mounted.files,
        'site-dockerfile': `${step}FROM ${serverImage}
COPY --from=${site} nginx.conf /etc/nginx/site.conf
${files}
USER 10001:10001
EXPOSE ${staticPort}
STOPSIGNAL SIGQUIT
ENTRYPOINT ["nginx", "-c", "/etc/nginx/site.conf", "-g", "daemon off;"]
CMD []
`,
        'site-config': nginxConfig(wanted, staticPort),
      },
      prepare: {
        title: `Prepare the site ${service.name}`,
        script: `mkdir ${site} && mv site-dockerfile ${site}/Dockerfile && mv site-config ${site}/nginx.conf && chmod 644 ${site}/nginx.conf || exit 1
${mounted.script}`,
      },
    };
  },
  diagnose: (log, { service, build, server: name }) => {
    const [, missing] = /"\/(?:app\/)?([^"]*)": not found/.exec(log) ?? [];
    if (missing === undefined || missing.replace(/\/$/, '') !== build.site.publish) return undefined;
    const when = build.command === undefined ? 'in the source' : `after \`${build.command}\``;
    const what = `The folder ${build.site.publish} of ${service.name}, which build.publish names, is not there ${when} (on ${name}).`;
    return new DrayageError('BUILD_FAILED', what, {
      hint: 'Name the folder that holds index.html, relative to the context.',
      at: service.at,
    });
  },
};

/** The form of COPY that takes any character: source and target. */
function json(source: string): string {
  return JSON.stringify([source, root]);
}

/** Where nginx serves from. */
const root = '/srv/site/';
