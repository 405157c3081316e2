import * as z from 'zod';
import { mapOf, variableKeys } from './collections.ts';
import { deploySchema } from './deploy.ts';
import { domainSchema } from './domain.ts';
import { choice, line, text } from './pieces.ts';
import { scheduleSchema } from './schedule.ts';
import { sourceSchema } from './source.ts';

export const composeSchema = z.lazy(() =>
  z.strictObject({
    type: choice('compose').describe('A compose file with its services.'),
    'depends-on': z.array(line('the name of a service')).describe('Services deployed before this one.').prefault([]),
    file: line('a file name').describe('The compose file.').optional(),
    source: sourceSchema.describe('Where the compose file comes from, when not from this checkout.').optional(),
    text: text('the text of a compose file').describe('The compose file itself.').optional(),
    engine: choice('compose', 'stack').describe('docker compose, or docker stack deploy.').prefault('compose'),
    variables: mapOf(text(), variableKeys).describe('Variables of the compose file.').prefault({}),
    deploy: deploySchema.describe('How it runs.').prefault({}),
    domains: z.array(domainSchema).describe('Names it is reached by.').prefault([]),
    schedules: z.array(scheduleSchema).describe('Commands that run on a schedule.').prefault([]),
  }),
);
