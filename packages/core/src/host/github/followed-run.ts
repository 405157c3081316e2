import type { Project } from '../../config/model.ts';
import { urlOf } from '../../config/url.ts';
import { failuresOf } from '../../report/failure.ts';
import type { Result } from '../command.ts';
import type { Environment } from '../environment.ts';
import type { Checkout } from '../git-facts.ts';
import type { Host } from '../host.ts';
import type { Declaration } from '../input/declaration.ts';
import { comment } from './comment.ts';
import { commitStatus } from './commit-status.ts';
import { deployment } from './deployment.ts';
import { pullRequestOf, shownCommit } from './event.ts';
import { type FollowOptions, followRun, type Subject, type Teller } from './follow.ts';
import { foreseen } from './foreseen.ts';
import { repositoryOf } from './repository.ts';

/** What can be told; the input `github-report` lists some of them. */
const tellers = { status: commitStatus, deployment, comment };
type Told = keyof typeof tellers;

export interface RunToFollow {
  readonly host: Host;
  readonly declaration: Declaration;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly env: Environment;
  readonly runUrl: string | undefined;
  readonly startedAt: number;
  checkout(): Promise<Checkout>;
  project(): Promise<Project>;
}

/** A run, as the command line sees it: what came of it is told to GitHub. */
export interface RunFollowed {
  /** Which commit is deployed, where it is not the one that is checked out. */
  repeats(commit: string | undefined): void;
  done(result: Result): Promise<void>;
  ended(outcome: 'failed' | 'cancelled', error: unknown): Promise<void>;
}

/** undefined where GitHub is to be told nothing: no token, another CI, or a dry run without a comment. */
export async function followedRun(run: RunToFollow): Promise<RunFollowed | undefined> {
  const { host, inputs, env, declaration, startedAt } = run;
  const { 'github-token': token, 'github-report': wanted } = inputs;
  const dryRun = inputs['dry-run'] === true || declaration.changesNothing === true;
  const told = ((wanted as readonly Told[] | undefined) ?? ['status']).filter((name) => !dryRun || name === 'comment');
  if (host.platform !== 'github' || typeof token !== 'string' || told.length === 0) return undefined;
  const repository = repositoryOf(env, token);
  if (repository === undefined) return undefined;
  const pullRequest = await pullRequestOf(env);
  const options: FollowOptions = {
    repository,
    runUrl: run.runUrl,
    pullRequest,
    fork: pullRequest?.fork,
    report: host.report,
    redact: host.redactor.text,
  };
  const notes = foreseen();
  if (dryRun) host.watch((event) => notes.take(event));

  let repeats: (commit: string | undefined) => void = () => undefined;
  const repeated = new Promise<string | undefined>((resolve) => {
    repeats = resolve;
  });
  if (declaration.repeats !== true) repeats(undefined);
  const subject = () => subjectOf(run, dryRun, repeated, (sha) => shownCommit(sha, env, pullRequest));
  const used: Teller[] = told.map((name) => tellers[name](options));
  const followed = followRun(host.report, used, subject);
  const milliseconds = () => Date.now() - startedAt;

  return {
    repeats,
    done: async ({ outputs = {}, deployed = [] }) => {
      repeats(undefined);
      const url = outputs.url ?? (await urlOfProject(run));
      const about = { milliseconds: milliseconds(), deployed, status: outputs.status, url, foreseen: notes.lines() };
      await followed.end({ outcome: 'done', failures: [], ...about });
    },
    ended: async (outcome, error) => {
      repeats(undefined);
      const redact = host.redactor.text;
      const failures = failuresOf(error).map((each) => ({ ...each, message: redact(each.message) }));
      await followed.end({ outcome, failures, milliseconds: milliseconds(), deployed: [], foreseen: [] });
    },
  };
}

async function subjectOf(
  { inputs, declaration, host, ...run }: RunToFollow,
  dryRun: boolean,
  repeated: Promise<string | undefined>,
  shown: (sha: string | undefined) => string | undefined,
): Promise<Subject | undefined> {
  const [earlier, checkout] = await Promise.all([repeated, run.checkout()]);
  const project = await run.project().catch(() => undefined);
  const services = chosen(project, inputs.service);
  // The commits of another repository mean nothing to this one.
  const isForeign = services.some(({ source }) => source.kind === 'git');
  const sha = isForeign ? shown(checkout.sha) : (earlier ?? shown(checkout.sha));
  if (sha === undefined) return undefined;
  const title = typeof inputs.title === 'string' ? inputs.title : checkout.subject;
  return {
    sha,
    environment: typeof inputs.environment === 'string' ? inputs.environment : 'production',
    project: project?.name,
    services: services.map(({ name }) => name),
    command: declaration.name,
    title: title === undefined || declaration.repeats === true ? undefined : host.redactor.text(title),
    dryRun,
  };
}

function chosen(project: Project | undefined, service: unknown) {
  return (project?.services ?? []).filter(({ name }) => service === undefined || name === service);
}

/** The first domain of the services, where the command does not say where they answer. */
async function urlOfProject({ project, inputs, host }: RunToFollow): Promise<string | undefined> {
  const [domain] = chosen(await project().catch(() => undefined), inputs.service).flatMap(({ domains }) => domains);
  if (domain === undefined) return undefined;
  const url = urlOf(domain);
  return host.redactor.text(url) === url ? url : undefined;
}
