import { basename, posix } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { privateFolder } from '../../docker/cli-lines.ts';
import type { Server } from '../../transport/server.ts';
import { type CheckoutFacts, wantedCommit } from './checkout.ts';
import { sourceFolder } from './folder.ts';
import { checkoutLines, fetchLines } from './git-script.ts';
import { accessTo, diagnoseGit, mirrorFolder, resolveRef } from './git-server.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

type GitTask = SourceTask<Extract<SourceSpec, { kind: 'git' }>>;

/** The build's job fetches one commit into the server's mirror of the repository, and checks it out beside. */
export async function openGit(context: Context, task: GitTask): Promise<SourceOnServer> {
  const { project, build, source } = task;
  const server = await context.connect(task.server);
  // Without setup the server may have no git yet.
  await task.ready;
  const commit = await pinned(context, server, task);
  const { sha = '' } = commit;
  const { stateDir } = server.account;
  const mirror = mirrorFolder(stateDir, source.url);
  const folder = sourceFolder(stateDir, project, 'git', source.url);
  const root = posix.join(folder, basename(folder), source.path);
  const access = accessTo(server, source);
  return {
    identity: `${source.url} ${sha} ${source.path}`,
    uniqueTag: sha.slice(0, 12),
    commit,
    context: posix.join(root, build.context),
    dockerfile: posix.join(root, build.dockerfile),
    files: access.files,
    title: `Fetch ${sha.slice(0, 12)} of ${source.url} on ${server.name}`,
    script: `${privateFolder('git')}
${privateFolder('sources')}
${access.setup}
${fetchLines(mirror, source.url, sha, access)}
${checkoutLines(folder, mirror, sha)}`,
    hold: '',
    diagnose: (log, _exitCode, wasFetching) =>
      wasFetching ? diagnoseGit(log, source, server.name, `commit ${sha}`) : undefined,
  };
}

/** The commit to build, with the names it goes by. Facts of this checkout count only when the commit is this checkout's. */
async function pinned(context: Context, server: Server, { source, git, service }: GitTask): Promise<CheckoutFacts> {
  const wanted = wantedCommit(source, git);
  if (wanted.kind === 'commit') {
    const { sha, branch, tag } = wanted;
    return sha === git.sha ? git : { sha, branch, tag };
  }
  return context.report.phase(`Look up ${wanted.ref} of ${service.name}'s repository`, (phase) =>
    resolveRef(server, source, wanted.ref, phase, context.signal),
  );
}
