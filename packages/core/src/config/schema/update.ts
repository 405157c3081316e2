import * as z from 'zod';
import { choice, decimal, duration, integer } from './pieces.ts';

const common = {
  order: choice('start-first', 'stop-first')
    .describe('Whether the new task starts before the old one stops.')
    .prefault('start-first'),
  parallelism: integer(0, 1000).describe('Tasks replaced at once; 0: all.').prefault(1),
  delay: duration().describe('Pause between batches.').prefault('0s'),
  monitor: duration().describe('Time a new task is watched before it counts.').prefault('5s'),
  'max-failure-ratio': decimal(0, 1, 'a share from 0 to 1')
    .describe('Share of failed tasks that is tolerated.')
    .prefault(0),
};

export const updateSchema = z.strictObject({
  ...common,
  failure: choice('rollback', 'pause', 'continue').describe('What happens when a new task fails.').prefault('rollback'),
});

export const rollbackSchema = z.strictObject({
  ...common,
  failure: choice('pause', 'continue').describe('What happens when the rollback itself fails.').prefault('pause'),
});
