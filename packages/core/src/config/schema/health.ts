import * as z from 'zod';
import { duration, integer, line, matching, port, scalar } from './pieces.ts';

const tcp = scalar<number | true>(
  'a port, or true together with port',
  { type: 'integer', minimum: 1, maximum: 65_535, pattern: '^(?:true|[0-9]+)$' },
  (text) => {
    if (text === 'true') return true;
    return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined;
  },
);

export const healthSchema = z.lazy(() =>
  z.strictObject({
    http: matching(/^\/[^\s]*$/, 'a path such as /healthz')
      .describe('Healthy when GET on this path answers 200 to 399.')
      .optional(),
    tcp: tcp.describe('Healthy when this port accepts connections.').optional(),
    command: line('a command')
      .describe('Healthy when this command, run by the shell of the container, ends with 0.')
      .optional(),
    port: port()
      .describe("Port inside the container; default: the first domain's, else the first published one's.")
      .optional(),
    interval: duration(10).describe('Time between probes.').prefault('2s'),
    timeout: duration(10).describe('Time a probe may take.').prefault('2s'),
    retries: integer(1, 1000).describe('Failed probes in a row that make it unhealthy.').prefault(10),
    'start-period': duration().describe('Time at the start in which failed probes do not count.').prefault('5s'),
  }),
);
