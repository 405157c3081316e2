import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag, number } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs, serviceInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';

const logs = declaration({
  name: 'logs',
  summary: "Print what a service's containers print.",
  inputs: z.object({
    ...serviceInput,
    tail: number('Lines of each container, from the end.', { min: 0, max: 100_000, otherwise: '100' }),
    follow: flag('Go on until interrupted.', { otherwise: 'false' }),
    ...deployServers,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  examples: ['logs --service web --tail 20', 'logs web --follow'],
  positional: 'service',
  printsData: true,
});

export const command: Command<(typeof logs)['inputs']['shape']> = {
  declaration: logs,

  async run({ inputs: { tail = 100, follow }, context, printer, ...call }) {
    const [project, service] = await Promise.all([call.project(), call.service()]);
    await call.warm(pickService(project, service).deploy.servers);
    const { serviceLogs } = await import('@drayage/core/service/logs');
    const printers = new Map<string, ReturnType<typeof printer>>();
    const printerOf = (source: string) => {
      const made = printers.get(source) ?? printer(source);
      printers.set(source, made);
      return made;
    };
    try {
      const onOutput = (chunk: string, source: string) => printerOf(source).write(chunk);
      await serviceLogs(context, { project, service, tail, follow, onOutput });
    } finally {
      for (const each of printers.values()) each.end();
    }
    return {};
  },
};
