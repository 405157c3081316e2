import { throwAll } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs, serversInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { textTable } from '../text-table.ts';

const doctor = declaration({
  name: 'doctor',
  summary: 'Examine servers and the way from builder to registry to node, without changing anything.',
  description:
    'All that setup validates, what setup would still do, and whether builders may push and nodes pull with the credentials of drayage.yml. Ends with 1 where something is not as it should be, and says what cures it.',
  inputs: z.object({
    ...serversInput('Servers to examine', 'all servers of drayage.yml'),
    json: flag('Print JSON.', { otherwise: 'a table' }),
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  changesNothing: true,
  examples: ['doctor', 'doctor --servers node-1 --json'],
  printsData: true,
});

export const command: Command<(typeof doctor)['inputs']['shape']> = {
  declaration: doctor,

  async run({ inputs, context, print, ...call }) {
    const project = await call.project();
    const { serverName } = await import('@drayage/core/host/input/overrides');
    const servers = inputs.servers?.map(serverName);
    await call.warm(servers ?? Object.keys(project.servers));
    const { examine, findings } = await import('@drayage/core/upkeep/doctor/doctor');
    const examined = await examine(context, { project, servers });
    if (inputs.json === true) print(`${JSON.stringify(examined, null, 2)}\n`);
    else {
      const rows = examined.flatMap(({ server, items }) =>
        items.flatMap(({ item, ok, detail, cure }) => [
          [server, item, ok ? 'ok' : 'FAILED', oneLine(detail)],
          ...(cure === undefined ? [] : [['', '', '', `${ok ? 'advice' : 'cure'}: ${oneLine(cure)}`]]),
        ]),
      );
      print(textTable(['server', 'item', '', 'found'], rows));
    }
    throwAll(findings(examined));
    return {};
  },
};

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
