import { DrayageError } from '../errors/drayage-error.ts';
import { accountProbe, readAccount } from './account.ts';
import { announce, bootInput, newMarker } from './boot.ts';
import type { Channel, Link } from './link.ts';
import type { Account } from './server.ts';
import type { WarmShell } from './warm-shell.ts';

/** Milliseconds for the first answer of a shell; slow login files are run before it. */
const patience = 30_000;

/** The first words with a shell: it tells what kind of account this is, and is ready for scripts then. Throws SSH_NO_SHELL. */
export async function greet(link: Link, channel: Channel, shell: WarmShell): Promise<Account> {
  const noise: Buffer[] = [];
  const facts: Buffer[] = [];
  const [hello, end] = [newMarker(), newMarker()];
  const ignore = { stdout: (chunk: Buffer) => noise.push(chunk), stderr: (chunk: Buffer) => noise.push(chunk) };
  const timer = setTimeout(() => channel.abandon(), patience);
  try {
    const probe = bootInput(accountProbe(announce(hello), end), false);
    const greeted = shell.execute(probe, hello, ignore);
    const answered = shell.execute('', end, { stdout: (chunk) => facts.push(chunk), stderr: ignore.stderr });
    shell.group = greeted;
    await Promise.all([greeted, answered]);
  } catch (cause) {
    if (link.lost !== undefined) throw link.lost;
    const [said = ''] = Buffer.concat(noise).toString().trim().replace(/\.$/, '').split('\n');
    throw new DrayageError(
      'SSH_NO_SHELL',
      `${link.address} logs in but runs no POSIX shell${said === '' ? '' : `; it says: ${said}`}.`,
      {
        hint: 'Give the account a login shell (chsh -s /bin/sh) and remove ForceCommand or command= for this key.',
        cause,
      },
    );
  } finally {
    clearTimeout(timer);
  }
  const account = readAccount(Buffer.concat(facts).toString());
  if (account !== undefined) return account;
  throw new DrayageError('SSH_NO_SHELL', `${link.address} runs a shell that is not a POSIX shell.`);
}
