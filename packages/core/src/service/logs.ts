import { ownerLabels } from '../config/names.ts';
import type { Context } from '../context.ts';
import { quote, quoteArgv } from '../transport/shell.ts';
import { type HistoryRequest, placeOf } from './history.ts';

export interface LogsRequest extends HistoryRequest {
  /** Lines of each container, from the end. */
  readonly tail: number;
  readonly follow?: boolean;
  /** Receives output as it arrives; `source` is server and container. */
  readonly onOutput: (chunk: string, source: string) => void;
}

/** What the containers of a service print, on all of its nodes side by side. With `follow` until the run is cancelled. */
export async function serviceLogs(context: Context, request: LogsRequest): Promise<void> {
  const { servers, owner } = placeOf(request);
  const filters = Object.entries(ownerLabels(owner)).flatMap(([key, value]) => ['--filter', `label=${key}=${value}`]);
  await Promise.all(
    servers.map(async (name) => {
      const server = await context.connect(name);
      const list = quoteArgv(['docker', 'ps', '--all', '--format', '{{.Names}}', ...filters]);
      const { stdout } = await server.script(list, { purpose: 'Listing the containers', signal: context.signal });
      await Promise.all(
        stdout
          .split('\n')
          .filter((container) => container !== '')
          .map((container) => {
            const follow = request.follow === true ? '--follow ' : '';
            return server.run(
              ['sh', '-c', `exec docker logs ${follow}--tail ${request.tail} ${quote(container)} 2>&1`],
              {
                onOutput: (chunk) => request.onOutput(chunk, `${name} ${container}`),
                purpose: `Reading the logs of ${container}`,
                signal: context.signal,
              },
            );
          }),
      );
    }),
  );
}
