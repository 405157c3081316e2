import { DrayageError } from '../errors/drayage-error.ts';
import { activateScript, activation } from '../proxy/activate.ts';
import { proxyFiles } from '../proxy/container.ts';
import type { Server } from '../transport/server.ts';
import type { DomainPlan } from './plan.ts';
import type { Wish } from './wish.ts';

/**
 * Carries out a plan. False: another run changed the routes meanwhile, so it has to be planned again. Throws PROXY_REFUSED
 * with the proxy's words, PROXY_NOT_RUNNING, LOCK_HELD or DOMAIN_IMPOSSIBLE; nothing has changed then.
 */
export async function applyDomains(
  server: Server,
  { plan, wish, guard }: { plan: DomainPlan; wish: Wish; guard: string },
): Promise<boolean> {
  const { stateDir } = server.account;
  const { certificates, authorities } = proxyFiles(stateDir);
  const uploads = plan.missing.certificates.flatMap((name) => {
    const pair = wish.certificates.get(name);
    if (pair === undefined) return [];
    // The key last: a pair counts as stored when its key is there.
    return [
      async () => {
        await server.upload(`${certificates}/${name}.crt`, pair.cert, 0o644);
        await server.upload(`${certificates}/${name}.key`, pair.key, 0o600);
      },
    ];
  });
  const { authority } = wish;
  if (authority !== undefined && plan.missing.authority) {
    uploads.push(() => server.upload(`${authorities}/${authority.name}`, authority.pem, 0o644));
  }
  await Promise.all(uploads.map((upload) => upload()));

  const { exitCode, stdout, stderr } = await server.script(activateScript({ ...plan.activation, stateDir, guard }), {
    accept: 'any',
    purpose: 'Configuring the proxy',
    repeatable: true,
  });
  if (exitCode === 0) return true;
  if (exitCode === activation.changedMeanwhile) return false;
  throw explain(server.name, exitCode, `${stdout}${stderr}`.trim());
}

function explain(server: string, exitCode: number, output: string): DrayageError {
  switch (exitCode) {
    case activation.locked:
      return new DrayageError('LOCK_HELD', `${server}: another run has been configuring the proxy for a minute.`, {
        hint: 'Wait for it to end, then try again.',
      });
    case activation.overtaken:
      return new DrayageError('LOCK_LOST', `${server}: another run has taken over; the proxy was left as it was.`);
    case activation.notRunning:
      return new DrayageError('PROXY_NOT_RUNNING', `${server}: the proxy stopped meanwhile.`, {
        hint: `drayage setup-deploy-node --servers ${server}`,
      });
    case activation.notConnected:
      return new DrayageError(
        'DOMAIN_IMPOSSIBLE',
        `${server}: the proxy could not be connected to the service's network: ${output}`,
        {
          hint: 'Deploy the service first.',
        },
      );
    case activation.refused:
      return new DrayageError('PROXY_REFUSED', `${server}: the proxy refused the configuration: ${wordsOf(output)}`, {
        output,
      });
    default:
      return new DrayageError(
        'PROXY_REFUSED',
        `${server}: the proxy could not be configured: ${output.split('\n').at(-1) || `exit status ${exitCode}`}`,
        { output },
      );
  }
}

/** Caddy prints log lines before the sentence that matters. */
function wordsOf(output: string): string {
  const line = output.split('\n').findLast((text) => text.startsWith('Error:')) ?? output.split('\n').at(-1) ?? '';
  return line.replace(/^Error: (sending configuration to instance: )?(caddy responded with error: )?/, '');
}
