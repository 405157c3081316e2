import type { SshLink } from './ssh-link.ts';
import type { Target } from './target.ts';

interface Shared {
  readonly link: Promise<SshLink>;
  users: number;
}

/** Connections to jump hosts that stand now, by all that makes a target. */
const standing = new Map<string, Shared>();

/** A connection to a jump host. All servers behind the same one share it; the last to let go closes it. */
export async function shareJump(
  jump: Target,
  open: () => Promise<SshLink>,
): Promise<{ link: SshLink; release: () => Promise<void> }> {
  const key = JSON.stringify(jump);
  const shared = standing.get(key) ?? { link: open(), users: 0 };
  standing.set(key, shared);
  shared.users += 1;
  const release = once(async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (standing.get(key) === shared) standing.delete(key);
    const link = await shared.link.catch(() => undefined);
    await link?.close();
  });
  const link = await shared.link.catch(async (error: unknown) => {
    if (standing.get(key) === shared) standing.delete(key);
    await release();
    throw error;
  });
  if (link.lost === undefined) return { link, release };
  if (standing.get(key) === shared) standing.delete(key);
  await release();
  return shareJump(jump, open);
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
