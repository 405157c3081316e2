import { randomBytes } from 'node:crypto';
import { cliLines, pluginFolders } from '../docker/cli-lines.ts';
import { dockerConfig } from '../registry/docker-config.ts';
import { retryTransient } from '../registry/failure.ts';
import { markedLines } from '../report/marked-lines.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { diagnosePush } from './diagnose.ts';
import { type Destination, pushScript } from './plan.ts';

export interface Pushing {
  readonly server: Server;
  readonly destination: Destination;
  /** Name or id of the image on the server. */
  readonly image: string;
  readonly tags: readonly string[];
  /** Tag → digest of what was pushed; filled as it happens. */
  readonly pushed: Map<string, string>;
  /** Names the job; a random part is added. */
  readonly name: string;
  readonly phase: Phase;
  /** Whether Docker has tried already, for a minute. */
  readonly isTried: boolean;
  readonly signal: AbortSignal;
}

/** Attempts after the first: half a minute; some seconds where Docker has tried each layer five times already. */
const attempts = { patient: 8, hurried: 3 };
const longestDelay = 5_000;

/**
 * Pushes the tags that have not been pushed, as a detached job with credentials in its folder on tmpfs. Faults of transport are tried again,
 * refusals are not.
 */
export async function pushTags({
  server,
  destination,
  image,
  tags,
  pushed,
  name,
  phase,
  isTried,
  signal,
}: Pushing): Promise<void> {
  const { registry, repository } = destination;
  const retries = isTried ? attempts.hurried : attempts.patient;
  const attempt = async (number: number) => {
    let log = '';
    const lines = markedLines(
      ([word, tag = '', digest = '']) => {
        if (word === 'pushed') pushed.set(tag, digest);
      },
      (text) => {
        log += text;
        phase.output(text);
      },
    );
    const missing = tags.filter((tag) => !pushed.has(tag)).map((tag) => `${repository}:${tag}`);
    await server.job({
      id: `${name}-${randomBytes(4).toString('hex')}`,
      script: `${cliLines(server.account)}\n${pushScript(image, missing)}`,
      files: { 'config.json': dockerConfig([registry], pluginFolders(server.account)) },
      onOutput: lines.push,
      signal,
    });
    lines.finish();
    if (number > 1 && tags.every((tag) => pushed.has(tag)))
      phase.note(`${registry.host} can be reached again: the push went on where it had stopped.`);
    if (tags.some((tag) => !pushed.has(tag))) throw diagnosePush(log, { registry, server: server.name, image });
  };
  const onRetry = (reason: string, number: number) =>
    phase.note(`${reason} Trying again (attempt ${number + 1} of ${retries + 1}).`);
  await retryTransient(attempt, { retries, firstDelay: 1000, longestDelay, signal, onRetry });
}
