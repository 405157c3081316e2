import * as z from 'zod';
import { choice, flag, line, text } from './pieces.ts';

export const registrySchema = z.lazy(() =>
  z.strictObject({
    username: line('a user name').describe('User name.').optional(),
    password: text('a password').describe('Password or token, by a reference to a secret.').optional(),
    ca: text('a file name or PEM text')
      .describe('Certificate authority the registry is signed by: a file, or PEM text.')
      .optional(),
    insecure: flag().describe('Plain HTTP instead of HTTPS.').prefault(false),
    type: choice('ecr', 'acr', 'gar', 'plain')
      .describe(
        "How to get a short-lived password from the provider; plain: username and password are the registry's own.",
      )
      .optional(),
    'session-token': text('a session token')
      .describe('ecr: session token of temporary AWS credentials, by a reference to a secret.')
      .optional(),
  }),
);
