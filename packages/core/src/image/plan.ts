import { familiarImage, parseImage } from '../config/image-reference.ts';
import type { Project, RegistrySpec, ServiceSpec } from '../config/model.ts';
import type { GitFacts } from '../config/scope.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { registryOf } from '../registry/credentials.ts';
import { isSameRepository } from '../registry/hosts.ts';
import { expandTags } from '../registry/tags.ts';
import { quote } from '../transport/shell.ts';

/** Where a service's image goes. */
export interface Destination {
  readonly registry: RegistrySpec;
  /** Repository inside the registry, as its API names it. */
  readonly path: string;
  /** Repository as people write it. */
  readonly repository: string;
}

/** Throws INPUT_INVALID for a service without a repository: its image stays where it was built. */
export function destinationOf(project: Project, service: ServiceSpec): Destination {
  const parsed = service.image === undefined ? undefined : parseImage(service.image);
  if (parsed === undefined) {
    throw new DrayageError(
      'INPUT_INVALID',
      `Service ${service.name} has no "image", so there is no registry to push to.`,
      {
        hint: `Add the repository: services.${service.name}.image: ghcr.io/<owner>/<name>. Or leave this step out: deploy-service sends the image to the nodes over SSH.`,
        at: service.at,
      },
    );
  }
  const { registry: host, repository: path } = parsed;
  const registry = registryOf(project.registries, host) ?? { host, insecure: false };
  return { registry, path, repository: familiarImage({ registry: host, repository: path }) };
}

/**
 * The tags to push. The tag an image already has in its repository comes first: the build gave it.
 *
 * @param commit The commit the image was built of, where it is not this checkout's.
 */
export function tagsToPush(service: ServiceSpec, image: string, git: GitFacts, commit?: string): readonly string[] {
  const own = parseImage(image)?.tag ?? 'latest';
  const isForeign = commit !== undefined && commit !== git.sha;
  const ref = service.source.kind === 'git' ? service.source.ref : undefined;
  // What is fetched by its commit is that commit, however the checkout looks here.
  const here = service.source.kind === 'git' ? { ...git, isDirty: false } : git;
  const facts = isForeign ? { sha: commit, branch: ref, tag: ref } : here;
  const tags = expandTags(service.tags, facts, own);
  const isBuilt = service.image !== undefined && isSameRepository(image, service.image);
  return isBuilt ? [...new Set([own, ...tags])] : tags;
}

/** The file in the job's folder whose text lets a push begin, or leaves it out. */
const wordFile = 'push-word';

/** Lines before a push that waits for our word: the registry is asked meanwhile which tags it has. Without a word there is no push. */
export const awaitWordLines = `waited=0
while [ ! -e ${wordFile} ] && [ "$waited" -lt 3000 ]; do sleep 0.02; waited=$((waited + 1)); done
[ "$(cat ${wordFile} 2>/dev/null)" = push ] || names=`;

export function wordScript(folder: string, word: 'push' | 'skip'): string {
  const file = `${folder}/${wordFile}`;
  return `printf %s ${word} >${quote(`${file}.part`)} && mv -f ${quote(`${file}.part`)} ${quote(file)}`;
}

/**
 * Shell text that pushes an image under several tags. The first push moves the layers; the others find them there and run side by side. Each one that
 * succeeded is told in a line `@drayage pushed <tag> <digest>`. Of Docker's own attempts after a fault, one line a second, one is told, with
 * `@drayage retrying`.
 *
 * @param before Lines that may empty `names`, and with that leave the push out.
 */
export function pushScript(image: string, references: readonly string[], before = ''): string {
  const [first = image, ...rest] = references;
  const names = references.filter((reference) => reference !== image);
  return `push() {
  retrying=
  docker push "$1" 2>&1 | while IFS= read -r line; do
    case $line in
      *': Preparing' | *': Waiting') continue ;;
      *': Retrying in '*)
        [ -n "$retrying" ] || printf '%s\\n' '@drayage retrying' 'The registry does not take a layer: Docker tries it again for a minute.'
        retrying=1
        continue ;;
    esac
    printf '%s\\n' "$line"
    case $line in
      *': digest: sha256:'*)
        [ -z "$retrying" ] || echo 'The registry can be reached again: the push went on where it had stopped.'
        set -- $line
        echo "@drayage pushed \${1%:} $3" ;;
    esac
  done
}
names=1
${before}
if [ -n "$names" ]; then
${names.map((name) => `docker tag ${quote(image)} ${quote(name)} || exit 1`).join('\n')}
push ${quote(first)}
${rest.map((reference) => `push ${quote(reference)} &`).join('\n')}
wait
fi`;
}
