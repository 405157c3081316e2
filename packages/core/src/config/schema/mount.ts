import * as z from 'zod';
import { oneOf } from './collections.ts';
import { choice, flag, line, matching, text } from './pieces.ts';

const target = matching(/^\/[^\0\r\n]*$/, 'an absolute path inside the container').describe(
  'Where it appears in the container.',
);
const readOnly = flag().describe('The container cannot write to it.');

const volume = z.lazy(() =>
  z.strictObject({
    type: choice('volume').describe('A named volume on the server.'),
    source: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name of a volume').describe('Name of the volume.'),
    target,
    'read-only': readOnly.prefault(false),
  }),
);

const bind = z.lazy(() =>
  z.strictObject({
    type: choice('bind').describe('A folder or file of the server.'),
    source: matching(/^\/[^\0\r\n]*$/, 'an absolute path on the server').describe('Path on the server.'),
    target,
    'read-only': readOnly.prefault(false),
  }),
);

const file = z.lazy(() =>
  z.strictObject({
    type: choice('file').describe('A file with content given here.'),
    content: text().describe('What is in the file.').optional(),
    source: line('a file name')
      .describe("A file with the content, relative to drayage.yml's folder. References in it work too.")
      .optional(),
    target,
    'read-only': readOnly.prefault(true),
  }),
);

const types = ['volume', 'bind', 'file'] as const;

export const mountSchema = oneOf({ volume, bind, file }, (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { expected: 'a map with type, source and target' };
  }
  const given = 'type' in value ? value.type : undefined;
  const type = types.find((known) => known === given);
  const found = typeof given === 'string' ? `, not "${given}"` : '';
  return type ?? { predicate: `needs a type: volume, bind or file${found}` };
});
