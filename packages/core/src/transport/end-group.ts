import { bootCommand } from './boot.ts';
import { endGroup } from './process-group.ts';
import type { Session } from './session.ts';

/** Ends a process group of the session's server: TERM, and KILL to what is left after 3 s. Not bound to a seat: there is always room for ending. */
export async function endGroupOf(session: Session, group: string | undefined, privileged: boolean): Promise<void> {
  if (group === undefined || !/^[0-9]+$/.test(group) || session.link.lost !== undefined) return;
  try {
    const channel = await session.link.open(bootCommand);
    const program = session.program(channel, `${endGroup}end_group ${group}`, privileged, {
      stdout: () => undefined,
      stderr: () => undefined,
    });
    channel.stdin.end();
    await program.ended;
  } catch {
    // The connection broke: what ran has lost its output and ends by itself, and the caller is told about the connection.
  }
}
