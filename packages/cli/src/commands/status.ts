import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag, text } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';
import { textTable } from '../text-table.ts';

const status = declaration({
  name: 'status',
  summary: 'Show what runs where.',
  inputs: z.object({
    service: text('Name of the service.', { otherwise: 'all services' }),
    json: flag('Print JSON.', { otherwise: 'a table' }),
    ...deployServers,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  examples: ['status', 'status --service web --json'],
  printsData: true,
});

export const command: Command<(typeof status)['inputs']['shape']> = {
  declaration: status,

  async run({ inputs, context, print, ...call }) {
    const project = await call.project();
    await call.warm(project.services.flatMap(({ deploy }) => deploy.servers));
    const { serviceStatus } = await import('@drayage/core/service/status');
    const services = inputs.service === undefined ? project.services : [pickService(project, inputs.service)];
    const found = await Promise.all(
      services.map(async ({ name }) => ({
        service: name,
        nodes: await serviceStatus(context, { project, service: name }),
      })),
    );
    if (inputs.json === true) {
      print(`${JSON.stringify(found.map(plainService), null, 2)}\n`);
      return {};
    }
    const rows = found.flatMap(({ service, nodes }) =>
      nodes.flatMap(({ server, current, containers }) => {
        const image = current?.pinnedImage ?? 'never deployed';
        if (containers.length === 0) return [[service, server, current?.id ?? '', '', '', image]];
        return containers.map(({ name, state, isServing }) => [
          service,
          server,
          current?.id ?? '',
          name,
          isServing ? `${state}, serving` : state,
          image,
        ]);
      }),
    );
    print(textTable(['service', 'server', 'deployment', 'container', 'state', 'image'], rows));
    return {};
  },
};

type Found = {
  readonly service: string;
  readonly nodes: Awaited<ReturnType<typeof import('@drayage/core/service/status').serviceStatus>>;
};

function plainService({ service, nodes }: Found) {
  return {
    service,
    nodes: nodes.map(({ server, current, containers }) => ({
      server,
      deployment: current?.id,
      image: current?.pinnedImage,
      containers: containers.map(({ name, state, isServing }) => ({ name, state, isServing })),
    })),
  };
}
