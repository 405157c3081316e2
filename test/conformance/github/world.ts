import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { visit } from '../../demo/visit.ts';
import type { Acme } from '../../lab/acme.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { tool } from '../tools/tool.ts';
import { type Act, type ActOptions, type ActRun, runAct } from './act.ts';
import { localRepositories } from './actions.ts';
import { type Checkout, makeCheckout } from './checkout.ts';

export const domain = 'shop.example.com';

/** Why these tests cannot run here; undefined where they can. */
export async function missing(): Promise<string | undefined> {
  return (await tool('act')) === undefined ? 'act is not here: it is installed with Go' : undefined;
}

/** Servers with Docker, a certificate authority, a checkout, and a runner. */
export interface World<Name extends string> extends AsyncDisposable {
  readonly lab: Lab;
  readonly hosts: Readonly<Record<Name, Host>>;
  readonly acme: Acme;
  readonly checkout: Checkout;
  run(options: Omit<ActOptions, 'checkout'>): Promise<ActRun>;
  /** What the site answers over HTTPS, with a certificate of the authority. */
  answer(): Promise<string>;
}

/** The domain points to the first deploy server, named `entrance`. */
export async function startWorld<Name extends string>(
  name: string,
  names: readonly Name[],
  entrance: NoInfer<Name>,
): Promise<World<Name>> {
  const scratch = mkdtempSync(join(tmpdir(), `drayage-${name}-`));
  const lab = await startLab({ name: `${name}-${process.pid}`, log: () => undefined });
  const dispose = async (): Promise<void> => {
    await lab.stop();
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    const program = await tool('act');
    if (program === undefined) throw new Error(await missing());
    const [acme, repositories, ...started] = await Promise.all([
      lab.acme(),
      localRepositories(join(scratch, 'actions')),
      ...names.map((host) => lab.host(host, { docker: true })),
    ]);
    const hosts = Object.fromEntries(names.map((host, index) => [host, started[index]])) as Record<Name, Host>;
    await acme.setAddress(domain, hosts[entrance].address);
    const act: Act = { program, repositories, scratch };
    const checkout = makeCheckout(join(scratch, 'shop'));
    return {
      ...{ lab, hosts, acme, checkout },
      run: (options) => runAct(act, { checkout: checkout.folder, ...options }),
      answer: async () => (await visit(domain, hosts[entrance].address, acme.rootCertificate)).body.trim(),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}
