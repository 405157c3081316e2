import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs, serviceInput } from '@drayage/core/host/input/shared';
import { readableDuration } from '@drayage/core/report/duration';
import type { HistoryEntry } from '@drayage/core/service/history';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';
import { textTable } from '../text-table.ts';

const history = declaration({
  name: 'history',
  summary: 'List the deployments of a service: status, duration, commit, digest, error.',
  inputs: z.object({
    ...serviceInput,
    json: flag('Print JSON.', { otherwise: 'a table' }),
    ...deployServers,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  examples: ['history --service web', 'history --service web --json'],
  printsData: true,
});

export const command: Command<(typeof history)['inputs']['shape']> = {
  declaration: history,

  async run({ inputs, context, print, ...call }) {
    const [project, service] = await Promise.all([call.project(), call.service()]);
    await call.warm(pickService(project, service).deploy.servers);
    const { deploymentHistory } = await import('@drayage/core/service/history');
    const entries = await deploymentHistory(context, { project, service });
    if (inputs.json === true) print(`${JSON.stringify(entries.map(plainEntry), null, 2)}\n`);
    else if (entries.length === 0) print(`Service ${service} was never deployed.\n`);
    else print(textTable(['', 'id', 'status', 'duration', 'commit', 'digest', 'servers', 'title'], entries.map(row)));
    return {};
  },
};

function row({ record, servers, isCurrent }: HistoryEntry): string[] {
  const { id, status, startedAt, finishedAt, commit, pinnedImage, title, description, errorMessage } = record;
  const duration = finishedAt === undefined ? '' : readableDuration(Date.parse(finishedAt) - Date.parse(startedAt));
  const digest = /sha256:[0-9a-f]{12}/.exec(pinnedImage)?.[0] ?? '';
  const named = description === undefined ? title : `${title} (${description})`;
  const what = errorMessage === undefined ? named : `${named}: ${errorMessage}`;
  return [
    isCurrent ? '*' : '',
    id,
    status,
    duration,
    commit?.slice(0, 12) ?? '',
    digest,
    servers.join(','),
    oneLine(what),
  ];
}

function plainEntry({ record, servers, isCurrent }: HistoryEntry) {
  const { spec: _spec, ...rest } = record;
  return { ...rest, servers, isCurrent };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 160);
}
