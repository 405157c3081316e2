import * as z from 'zod';
import { mapOf, variableKeys } from './collections.ts';
import { deploySchema } from './deploy.ts';
import { choice, integer, line, matching, port, text } from './pieces.ts';
import { cron } from './schedule.ts';

const volume = z.lazy(() =>
  z.strictObject({
    source: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name of a volume').describe('Name of the volume.'),
    target: matching(/^\/\S*$/, 'an absolute path inside the container').describe('Where it appears in the container.'),
  }),
);

const backup = z.lazy(() =>
  z.strictObject({
    schedule: cron().describe('When a backup is made.'),
    to: line('a destination').describe('Where backups go.'),
    keep: integer(1, 10_000).describe('How many are kept.').prefault(7),
  }),
);

export const databaseTypes = ['postgres', 'mysql', 'mariadb', 'mongo', 'redis'] as const;

export const databaseSchema = z.lazy(() =>
  z.strictObject({
    type: choice(...databaseTypes).describe('Kind of database.'),
    'depends-on': z.array(line('the name of a service')).describe('Services deployed before this one.').prefault([]),
    image: line('an image').describe('Image of the database.').optional(),
    database: line('a name').describe('Name of the database that is made.').optional(),
    user: line('a name').describe('User that is made.').optional(),
    password: text('a password').describe('Password; default: one is generated and kept.').optional(),
    'external-port': port().describe('Port on the server, for clients outside.').optional(),
    volumes: z.array(volume).describe('Where its data lives.').prefault([]),
    env: mapOf(text(), variableKeys).describe('Further variables.').prefault({}),
    backup: backup.describe('Backups.').optional(),
    deploy: deploySchema.describe('How it runs.').prefault({}),
  }),
);
