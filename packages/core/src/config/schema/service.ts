import * as z from 'zod';
import { didYouMean } from '../nearest.ts';
import { buildSchema } from './build.ts';
import { oneOf } from './collections.ts';
import { composeSchema } from './compose.ts';
import { databaseSchema, databaseTypes } from './database.ts';
import { deploySchema } from './deploy.ts';
import { domainSchema } from './domain.ts';
import { imageName, scanSchema, signSchema, tags } from './image.ts';
import { choice, line } from './pieces.ts';
import { scheduleSchema } from './schedule.ts';
import { sourceSchema } from './source.ts';

export const applicationSchema = z.strictObject({
  type: choice('application').describe('application (the default), compose, or a database.').prefault('application'),
  'depends-on': z.array(line('the name of a service')).describe('Services deployed before this one.').prefault([]),
  source: sourceSchema.describe('Where it comes from; default: this checkout.').optional(),
  build: buildSchema.describe('How an image is made of the source.').optional(),
  image: imageName().optional(),
  tags: tags().optional(),
  scan: scanSchema.describe('Scan the image before it is deployed.').optional(),
  sign: signSchema.describe('Sign the image.').optional(),
  deploy: deploySchema.describe('How and where it runs.').prefault({}),
  schedules: z.array(scheduleSchema).describe('Commands that run on a schedule.').prefault([]),
  domains: z.array(domainSchema).describe('Names it is reached by, through the proxy.').prefault([]),
});

const types = ['application', 'compose', ...databaseTypes] as const;

export const serviceSchema = oneOf(
  { application: applicationSchema, compose: composeSchema, database: databaseSchema },
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { expected: 'a map' };
    const type = 'type' in value ? value.type : 'application';
    if (typeof type !== 'string')
      return { predicate: `has a type that is no text; expected one of ${types.join(', ')}` };
    if (type === 'application' || type === 'compose') return type;
    if (types.some((known) => known === type)) return 'database';
    return {
      predicate: `has the unknown type "${type}"; expected one of ${types.join(', ')}`,
      hint: didYouMean(type, types),
    };
  },
);

export type ParsedApplication = z.output<typeof applicationSchema>;
export type ParsedService = z.output<typeof serviceSchema>;
