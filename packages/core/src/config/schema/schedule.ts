import * as z from 'zod';
import { line, matching } from './pieces.ts';

export const cron = () =>
  matching(/^(?:@(?:hourly|daily|weekly|monthly|yearly)|\S+(?: +\S+){4})$/, 'five fields of cron, such as "0 3 * * *"');

export const scheduleSchema = z.lazy(() =>
  z.strictObject({
    name: matching(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens').describe('Name of the job.'),
    cron: cron().describe('When it runs.'),
    timezone: line('a time zone such as Europe/Berlin').describe('Time zone of `cron`.').prefault('UTC'),
    command: line('a command').describe('What runs in the container.'),
  }),
);
