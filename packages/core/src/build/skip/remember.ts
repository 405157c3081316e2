import { privateFolder } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { type BuildRecord, parseRecord, printRecord } from './record.ts';

/**
 * What the service's last build on this server left; undefined where there is nothing to go by.
 *
 * @param path See `buildRecordPath`.
 */
export async function recall(server: Server, path: string, signal: AbortSignal): Promise<BuildRecord | undefined> {
  const purpose = 'Reading what the last build was made of';
  const text = `cat "$DRAYAGE_STATE/"${quote(path)} 2>/dev/null || :`;
  const { stdout } = await server.script(text, { purpose, repeatable: true, signal });
  return parseRecord(stdout);
}

/** Keeps it for the next run. A record that cannot be kept costs that run a build, and nothing else. */
export async function remember(server: Server, path: string, record: Omit<BuildRecord, 'version'>): Promise<void> {
  const file = `"$DRAYAGE_STATE/"${quote(path)}`;
  const text = `${privateFolder('builds')}
printf %s ${quote(printRecord(record))} > ${file}.$$ && mv -f ${file}.$$ ${file}`;
  const options = { purpose: 'Keeping what the build was made of', repeatable: true };
  await server.script(text, options).catch((error: unknown) => {
    if (!(error instanceof DrayageError)) throw error;
  });
}
