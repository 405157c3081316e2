import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import * as z from 'zod';

const schema = declaration({
  name: 'schema',
  summary: 'Print the JSON Schema of drayage.yml, for editors.',
  inputs: z.object({}),
  outputs: {},
  examples: ['schema > drayage.schema.json'],
  printsData: true,
});

export const command: Command<(typeof schema)['inputs']['shape']> = {
  declaration: schema,

  async run({ print }) {
    const { drayageJsonSchema } = await import('@drayage/core/config/json-schema');
    print(`${JSON.stringify(drayageJsonSchema(), null, 1)}\n`);
    return {};
  },
};
