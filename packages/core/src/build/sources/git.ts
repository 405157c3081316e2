import { basename, posix } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { privateFolder } from '../../docker/cli-lines.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { type CheckoutFacts, wantedCommit } from './checkout.ts';
import { dockerfileOf } from './dockerfile-path.ts';
import { sourceFolder } from './folder.ts';
import type { GitAccess } from './git-access.ts';
import { diagnoseFetch } from './git-faults.ts';
import { lfsFilter, lfsFunctions } from './git-lfs.ts';
import { missingPlace, placeLines, stageLines, told } from './git-places.ts';
import { checkoutLines, fetchFunction, lackLines } from './git-script.ts';
import { accessTo, mirrorFolder, resolveRef } from './git-server.ts';
import { submoduleFunctions } from './git-submodules.ts';
import { missingTarget } from './missing.ts';
import { namedContexts } from './named-contexts.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

type GitSource = Extract<SourceSpec, { kind: 'git' }>;
type GitTask = SourceTask<GitSource>;

/** File of the job's folder with a Dockerfile that is not the repository's; a frontend may read what stands beside it, so it moves into a folder of its own. */
const textFile = 'the-dockerfile';

/** The build's job fetches one commit into the server's mirror of the repository, and checks it out beside. */
export async function openGit(context: Context, task: GitTask): Promise<SourceOnServer> {
  const { project, build, source, service, hasDockerfile } = task;
  const server = await context.connect(task.server);
  // Without setup the server may have no git yet.
  await task.ready;
  const commit = await pinned(context, server, task);
  const { sha = '' } = commit;
  const { stateDir } = server.account;
  const mirror = mirrorFolder(stateDir, source.url);
  // The same commit has other files with submodules or large files.
  const kinds = [source.submodules ? 'submodules' : '', source.lfs ? 'lfs' : ''].filter((kind) => kind !== '');
  const folder = sourceFolder(stateDir, project, 'git', source.url, ...kinds);
  const checkout = posix.join(folder, basename(folder));
  const root = posix.join(checkout, source.path);
  const text = hasDockerfile ? build.dockerfileText : undefined;
  const dockerfile = text === undefined ? posix.join(root, build.dockerfile) : `dockerfile/${textFile}`;
  const access = accessTo(server, source);
  const { folders, references, moving } = namedContexts(build);
  const contexts = Object.entries(folders).map(([name, path]) => [name, posix.join(root, path)] as const);
  const named = [
    { key: 'source.path', path: root },
    { key: 'build.context', path: posix.join(root, build.context) },
    ...contexts.map(([name, path]) => ({ key: `build.contexts.${name}`, path })),
  ];
  const where = `${source.url} at ${sha.slice(0, 12)}${source.path === '/' ? '' : `, folder ${source.path}`}`;
  const places = {
    where,
    dockerfile: build.dockerfile,
    context: build.context,
    sourcePath: source.path,
    contexts: folders,
  };
  const { submodules = false, lfs = false } = source;
  const remarks = lackLines(mirror, sha, { submodules, lfs });
  const blamed = { service: service.name, server: server.name, dockerfile: dockerfileOf(source, build) };
  return {
    identity: [source.url, sha, source.path, ...kinds, ...moving].join(' '),
    uniqueTag: sha.slice(0, 12),
    commit,
    context: posix.join(root, build.context),
    contexts: { ...Object.fromEntries(contexts), ...references },
    dockerfile,
    files: text === undefined ? access.files : { ...access.files, [textFile]: text },
    title: `Fetch ${sha.slice(0, 12)} of ${source.url} on ${server.name}`,
    script: `${privateFolder('git')}
${privateFolder('sources')}
${access.setup}
${fetchLines(source, mirror, sha, access)}
${checkoutLines({ folder, mirror, commit: sha, options: source.lfs ? lfsFilter : undefined, remarks })}
${placeLines(checkout, root, named, hasDockerfile && text === undefined ? build.dockerfile : undefined)}${text === undefined ? '' : `\nmkdir dockerfile && mv ${textFile} dockerfile/ || exit 1`}`,
    hold: hasDockerfile && build.target !== undefined ? stageLines(dockerfile) : '',
    diagnose: (log, _exitCode, wasFetching) =>
      wasFetching
        ? (missingPlace(log, places) ?? diagnoseFetch(log, source, server.name, sha))
        : missingTarget(log, { ...blamed, stages: told(log, 'has-stage') }),
  };
}

/** Shell text that brings the commit, its submodules and large files to their mirrors. Exits 1 when one cannot be had. */
function fetchLines(source: GitSource, mirror: string, commit: string, access: GitAccess): string {
  const repository = `${quote(mirror)} ${quote(source.url)} ${commit}`;
  const isLocal = /^(?:file:|\/)/.test(source.url);
  const modules = `${submoduleFunctions(access, isLocal)}
fetch_submodules ${repository} '' 0 || exit 1`;
  const large = `${lfsFunctions(access)}
export GIT_LFS_SKIP_SMUDGE=0
fetch_large ${repository} || exit 1
[ ! -e submodules ] || while IFS='\t' read -r _ mirror commit url; do
  fetch_large "$mirror" "$url" "$commit" </dev/null || exit 1
done <submodules`;
  return [
    fetchFunction(access),
    `fetch_commit ${repository} || exit 1`,
    ...(source.submodules ? [modules] : []),
    ...(source.lfs ? [large] : []),
  ].join('\n');
}

/** The commit to build, with the names it goes by. Facts of this checkout count only when the commit is this checkout's. */
async function pinned(context: Context, server: Server, { source, git, service }: GitTask): Promise<CheckoutFacts> {
  const wanted = wantedCommit(source, git);
  if (wanted.kind === 'commit') {
    const { sha, branch, tag } = wanted;
    return sha === git.sha ? { ...git, isDirty: false } : { sha, branch, tag };
  }
  return context.report.phase(`Look up ${wanted.ref} of ${service.name}'s repository`, (phase) =>
    resolveRef(server, source, wanted.ref, phase, context.signal),
  );
}
