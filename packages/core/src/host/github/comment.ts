import { Attempts, type Deadline } from './attempts.ts';
import { commentText, markerOf, type Part, partOf } from './comment-text.ts';
import type { FollowOptions, Teller } from './follow.ts';

/** What is known of a comment that stands. */
export interface Standing {
  readonly id: number | bigint;
  readonly body?: string;
  readonly user?: { readonly type?: string } | null;
  readonly author_association?: string;
}

/** Of 100 comments each. */
const mostPages = 10;
const trusted = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** The first comment with the marker whose author could be us: anybody can write a marker into a public pull request. */
export function ownComment(comments: readonly Standing[], marker: string): Standing | undefined {
  return comments.find(
    ({ body, user, author_association: association }) =>
      body?.startsWith(marker) === true && (user?.type === 'Bot' || trusted.includes(association ?? '')),
  );
}

/** One comment of the pull request for each project and environment, made once and updated in place. */
export function comment({ repository, runUrl, pullRequest, fork, report, redact }: FollowOptions): Teller {
  const otherwise = 'The pull request was not commented on';
  const attempts = new Attempts({ otherwise, permission: 'pull-requests: write', fork, report });
  const { owner, repo } = repository;

  const find = async (issue_number: number, marker: string, signal: AbortSignal) => {
    const { rest, paginate } = await repository.client();
    const question = { owner, repo, issue_number, per_page: 100, request: { signal } };
    let pages = 0;
    for await (const { data } of paginate.iterator(rest.issues.listComments, question)) {
      const found = ownComment(data, marker);
      pages += 1;
      if (found !== undefined || pages === mostPages) return found;
    }
    return undefined;
  };

  const write = (within: Deadline, issue_number: number, project: string, environment: string, part: Part) =>
    attempts.make(within, async (signal) => {
      const { rest } = await repository.client();
      const standing = await find(issue_number, markerOf(project, environment), signal);
      const body = redact(commentText(project, environment, part, standing?.body));
      const request = { signal };
      if (standing === undefined) await rest.issues.createComment({ owner, repo, issue_number, body, request });
      else await rest.issues.updateComment({ owner, repo, comment_id: Number(standing.id), body, request });
    });

  return {
    end: async (within, subject, ending) => {
      const { project, environment } = subject;
      if (pullRequest === undefined || project === undefined) return;
      await write(within, pullRequest.number, project, environment, partOf(subject, ending, runUrl));
      attempts.tell();
    },
  };
}
