import { describe, expect, it } from 'vitest';
import type { DomainSpec } from '../../../packages/core/src/config/model.ts';
import type { Context } from '../../../packages/core/src/context.ts';
import { DomainsAhead } from '../../../packages/core/src/domain/ahead.ts';
import { planDomains } from '../../../packages/core/src/domain/plan.ts';
import { wishFor } from '../../../packages/core/src/domain/wish.ts';
import { withdrawDomains } from '../../../packages/core/src/domain/withdraw.ts';
import type { Server } from '../../../packages/core/src/transport/server.ts';
import { exampleDomainSpec, exampleProject, exampleService, exampleState } from './example.ts';

const wish = (domains: readonly DomainSpec[]) => {
  const service = exampleService(domains);
  return wishFor(exampleProject(service), service, new Date());
};
const service = exampleService([]);
const project = exampleProject(service);

/** A context whose only server answers every script with `answer`, and all that was said and asked. */
function world(answer: string) {
  const scripts: string[] = [];
  const lines: string[] = [];
  const server = {
    name: 'node-1',
    account: { stateDir: '/var/lib/drayage' },
    script: async (text: string) => {
      scripts.push(text);
      return { exitCode: 0, stdout: answer, stderr: '' };
    },
  } as unknown as Server;
  const context = {
    connect: async () => server,
    report: {
      phase: (title: string, work: (phase: object) => Promise<unknown>) => {
        lines.push(title);
        return work({ note: (line: string) => lines.push(line) });
      },
    },
  } as unknown as Context;
  return { context, server, scripts, lines };
}

describe('a service without domains', () => {
  it('costs one question where no proxy serves it, and nothing is said', async () => {
    const { context, scripts, lines } = world('');
    const ahead = await DomainsAhead.look(context, project, service);
    expect(ahead.leftovers).toEqual([]);
    expect(await withdrawDomains(context, { project, service, ahead })).toEqual([]);
    expect(scripts).toEqual([expect.stringContaining('/proxy/routes/shop-production-web.json')]);
    expect(lines).toEqual([]);
  });

  it('asks nobody where the proxy is not ours', async () => {
    const { context, scripts } = world('there\n');
    const { proxy } = project;
    const external = { ...project, ...(proxy === undefined ? {} : { proxy: { ...proxy, type: 'external' as const } }) };
    const ahead = await DomainsAhead.look(context, external, service);
    expect(await withdrawDomains(context, { project: external, service, ahead })).toEqual([]);
    expect(scripts).toEqual([]);
  });

  it('is told in a dry run what the proxy would lose, which changes nothing', async () => {
    const { context, server, scripts, lines } = world('');
    const { route } = wish([exampleDomainSpec({ https: false, certificate: { kind: 'none' } })]);
    const { changes } = planDomains('node-1', 'caddy', wish([]), exampleState([route]));
    const ahead = { leftovers: [{ server, changes }] };
    const gone = 'node-1: remove http://shop.example.com/ to port 3000 (certificate: none)';
    expect(await withdrawDomains(context, { project, service, ahead, dryRun: true })).toEqual([gone]);
    expect(lines).toEqual(['Remove the domains of web', gone]);
    expect(scripts).toEqual([]);
  });
});
