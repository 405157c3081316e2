import { cancelScript } from './job-script.ts';
import { releaseOwnedScript } from './lease-script.ts';
import type { Server } from './server.ts';

/** Ends jobs of a run that was killed, and frees the locks it held on this server. Returns how many locks. */
export async function endRun(
  server: Server,
  runId: string,
  jobs: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const cancels = jobs.map((job) => `(\n${cancelScript(job)})\n`).join('');
  const { stdout } = await server.script(`${cancels}${releaseOwnedScript(runId)}`, {
    purpose: 'Cleaning up after a cancelled run',
    signal,
    timeout: 20_000,
  });
  return stdout.split('\n').filter((line) => line === 'freed').length;
}
