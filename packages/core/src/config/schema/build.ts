import * as z from 'zod';
import { fileNameKeys, mapOf, variableKeys } from './collections.ts';
import { choice, decimal, duration, flag, line, matching, scalar, size, text } from './pieces.ts';
import { platform } from './server.ts';

const inside = (what: string) =>
  matching(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0\r\n]+$/, `${what} inside the source, relative to its root`);

/** What buildx takes for a named context; folders are those of the source. */
const namedContext = () =>
  matching(
    /^(?:(?:docker-image|git|ssh|https?):\/\/(?![^/\s]*:[^/\s]*@)\S+|[\w.-]+@[^\s:/]+:\S+|(?!\/|[\w+.-]*:)(?!(?:.*\/)?\.\.(?:\/|$))[^\0\r\n]+)$/,
    'a folder inside the source, docker-image://…, or the URL of a repository without a password in it',
  );

/** Names of images, which they stand for in the Dockerfile. */
const contextKeys = {
  pattern: /^[a-z0-9][a-z0-9._/:@-]*$/,
  expected: 'a name as in FROM: lower-case letters, digits, and ". _ / : @ -"',
} as const;

const cache = z.strictObject({
  from: z.array(line()).describe('Where to read cache from.').prefault([]),
  to: z.array(line()).describe('Where to write cache to.').prefault([]),
});

const resources = z.strictObject({
  cpus: decimal(0.01, 4096, 'a number of CPUs such as 0.5 or 4').describe('CPUs a build may use.').optional(),
  memory: size().describe('Memory a build may use.').optional(),
});

/** `true`, `false`, or an image. */
const generator = () =>
  scalar(
    'true, false, or the image of a generator',
    { type: 'string', pattern: '^(?:true|false|[A-Za-z0-9][^\\s,"]*)$' },
    (given) =>
      given === 'true' || given === 'false'
        ? given === 'true'
        : /^[A-Za-z0-9][^\s,"]*$/.test(given)
          ? given
          : undefined,
  );

export const buildSchema = z.strictObject({
  type: choice('dockerfile', 'railpack', 'nixpacks', 'heroku', 'paketo', 'static', 'compose')
    .describe('What makes an image of the source; default dockerfile.')
    .prefault('dockerfile'),
  servers: z
    .array(line('the name of a server'))
    .describe('Build servers; default: the first with role build, else both.')
    .optional(),
  platforms: z.array(platform()).describe("Platforms to build; default: the build server's own.").prefault([]),
  driver: choice('auto', 'docker', 'container', 'remote').describe('Which BuildKit builds.').prefault('auto'),
  dockerfile: inside('a file').describe('The Dockerfile, relative to the root of the source.').prefault('Dockerfile'),
  context: inside('a folder').describe('The build context, relative to the root of the source.').prefault('.'),
  contexts: mapOf(namedContext(), contextKeys)
    .describe('Further named contexts: a folder of the source, docker-image://…, or the URL of a repository.')
    .prefault({}),
  target: matching(/^[A-Za-z0-9][\w.-]*$/, 'the name of a stage')
    .describe('Stage of the Dockerfile to build.')
    .optional(),
  args: mapOf(text(), variableKeys)
    .describe('Build arguments. They can be read in the image: secrets belong under `secrets`.')
    .prefault({}),
  secrets: mapOf(text(), fileNameKeys)
    .describe('Build secrets, for RUN --mount=type=secret,id=<name>. They leave no trace in the image.')
    .prefault({}),
  ssh: z
    .array(text('a private key such as default=${{ secrets.DEPLOY_KEY }}'))
    .describe('Private keys to forward as SSH agents, <id>=<key>, for RUN --mount=type=ssh.')
    .prefault([]),
  network: choice('default', 'none', 'host').describe('Network of RUN steps.').prefault('default'),
  labels: mapOf(text(), variableKeys).describe('Labels of the image.').prefault({}),
  env: mapOf(text(), variableKeys).describe('Build-time variables of railpack, nixpacks and buildpacks.').prefault({}),
  version: line().describe('Version of railpack, nixpacks or the buildpack builder.').optional(),
  command: line().describe('Build step of static; overrides the detected one elsewhere.').optional(),
  publish: inside('a folder').describe('Folder that static serves.').optional(),
  spa: flag().describe('Static: unknown paths get index.html.').prefault(false),
  cache: cache.describe('Cache kept outside the build server.').prefault({}),
  'no-cache': flag().describe('Build every step anew.').prefault(false),
  sbom: generator()
    .describe("Attach a software bill of materials: true, or the image of another generator than BuildKit's own.")
    .prefault(false),
  provenance: flag().describe('Attach how the image was built.').prefault(false),
  resources: resources.describe('What a build may use.').prefault({}),
  timeout: duration(1000).describe('Time after which the build is ended.').prefault('30m'),
});
