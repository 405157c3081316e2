import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ServiceSpec, SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { PrivateFolder, Programs } from '../../programs.ts';
import { quote } from '../../transport/shell.ts';
import { type CheckoutFacts, wantedCommit } from '../sources/checkout.ts';
import { gitAccess } from '../sources/git-access.ts';
import { diagnoseGit, readRefs } from '../sources/git-server.ts';

export interface RefQuestion {
  readonly service: ServiceSpec;
  readonly source: Extract<SourceSpec, { kind: 'git' }>;
  readonly git: CheckoutFacts;
  readonly programs: Programs;
  readonly folder: PrivateFolder;
}

/** The commit to build; a branch or tag is looked up from this machine. Throws GIT_REF_NOT_FOUND, GIT_ACCESS_DENIED, GIT_FETCH_FAILED. */
export async function resolveHere(context: Context, question: RefQuestion): Promise<CheckoutFacts> {
  const { service, source, git } = question;
  const wanted = wantedCommit(source, git);
  if (wanted.kind === 'commit') {
    const { sha, branch, tag } = wanted;
    return sha === git.sha ? git : { sha, branch, tag };
  }
  return context.report.phase(`Look up ${wanted.ref} of ${service.name}'s repository`, async (phase) => {
    const log = await listRefs(context, question, wanted.ref);
    const resolved = readRefs(log, wanted.ref);
    if (resolved !== undefined) {
      phase.note(`${wanted.ref} of ${source.url} is ${resolved.sha}`);
      return resolved;
    }
    throw new DrayageError('GIT_REF_NOT_FOUND', `${source.url} has no branch or tag "${wanted.ref}".`, {
      hint: `List them: git ls-remote ${source.url}`,
    });
  });
}

async function listRefs({ signal }: Context, { source, programs, folder }: RefQuestion, ref: string): Promise<string> {
  const ssh = join(homedir(), '.ssh');
  await mkdir(ssh, { recursive: true, mode: 0o700 });
  const access = gitAccess(source, join(ssh, 'known_hosts'));
  for (const [name, content] of Object.entries(access.files)) await folder.write(name, content);
  const patterns = ref === 'HEAD' ? ['HEAD'] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`, ref];
  const script = `${access.setup}\nexec ${access.git} ls-remote --symref ${quote(source.url)} ${patterns.map(quote).join(' ')}`;
  const env = { DRAYAGE_JOB: folder.path };
  const done = await programs.run(['sh', '-c', script], { env, cwd: folder.path, signal });
  const log = `${done.stderr}${done.stdout}`;
  if (done.exitCode === 0) return log;
  throw diagnoseGit(log, source, 'this machine', ref);
}
