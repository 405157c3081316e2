import { basename, posix } from 'node:path';
import type { SourceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { cliLines, pluginFolders, privateFolder } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import { runBuild } from './apply.ts';
import type { BuildResult } from './build.ts';
import type { Task } from './build-path.ts';
import { type CheckoutFacts, wantedCommit } from './checkout.ts';
import { diagnoseBuild } from './diagnose.ts';
import { checkoutLines, fetchLines } from './git-script.ts';
import { buildLines, slotLines } from './job-lines.ts';
import { planBuild, sourceFolder } from './plan.ts';
import { accessTo, diagnoseGit, mirrorFolder, resolveRef } from './source-git.ts';

type GitSource = Extract<SourceSpec, { kind: 'git' }>;

/** Fetches one commit on the build server, and builds it, in one job. */
export async function buildFromGit(context: Context, task: Task<GitSource>): Promise<BuildResult> {
  const { project, service, build, source } = task;
  const server = await context.connect(task.server);
  // Without setup the server may have no git yet.
  await task.ready;
  const commit = await pinned(context, server, task);
  const { sha = '' } = commit;
  const { stateDir } = server.account;
  const mirror = mirrorFolder(stateDir, source.url);
  const folder = sourceFolder(stateDir, project, 'git', source.url);
  const root = posix.join(folder, basename(folder), source.path);
  const plan = planBuild({
    project,
    service,
    build,
    commit,
    uniqueTag: sha.slice(0, 12),
    context: posix.join(root, build.context),
    dockerfile: posix.join(root, build.dockerfile),
    plugins: pluginFolders(server.account),
  });
  const access = accessTo(server, source);
  const blamed = {
    service: service.name,
    server: server.name,
    registries: project.registries,
    dockerfile: posix.join(source.path.replace(/^\//, ''), build.dockerfile),
  };
  const image = await runBuild(
    context,
    server,
    {
      name: `build-${resourceName(ownerOf(project, service))}`,
      titles: [
        `Fetch ${sha.slice(0, 12)} of ${source.url} on ${server.name}`,
        `Build ${service.name} on ${server.name}`,
      ],
      script: `${privateFolder('git')}
${privateFolder('sources')}
${access.setup}
${fetchLines(mirror, source.url, sha, access)}
${checkoutLines(folder, mirror, sha)}
echo '@drayage stage'
${cliLines(server.account)}
${slotLines(project.servers[task.server]?.slots ?? 1)}
${buildLines(plan.argv)}`,
      files: { ...access.files, ...plan.files },
      timeout: build.timeout,
      followUp: task.followUp?.(plan.names),
    },
    (log, part) => (part === 0 ? diagnoseGit(log, source, server.name, `commit ${sha}`) : diagnoseBuild(log, blamed)),
  );
  if (image === undefined) throw new DrayageError('INTERNAL_BUG', 'A git checkout was replaced while it was locked.');
  const { imageId, platform, user } = image;
  return {
    image: plan.names[0],
    names: plan.names,
    imageId,
    sourceCommit: sha,
    platforms: [platform],
    user,
    server: server.name,
  };
}

/** The commit to build, with the names it goes by. Facts of this checkout count only when the commit is this checkout's. */
async function pinned(
  context: Context,
  server: Server,
  { source, git, service }: Task<GitSource>,
): Promise<CheckoutFacts> {
  const wanted = wantedCommit(source, git);
  if (wanted.kind === 'commit') {
    const { sha, branch, tag } = wanted;
    return sha === git.sha ? git : { sha, branch, tag };
  }
  return context.report.phase(`Look up ${wanted.ref} of ${service.name}'s repository`, (phase) =>
    resolveRef(server, source, wanted.ref, phase, context.signal),
  );
}
