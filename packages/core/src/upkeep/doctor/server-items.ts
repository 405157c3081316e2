import { DrayageError } from '../../errors/drayage-error.ts';
import { readFacts } from '../../setup/facts.ts';
import { type Item, itemsOfFacts } from '../../setup/items.ts';
import { planSetup } from '../../setup/plan.ts';
import { questionFor } from '../../setup/setup.ts';
import { swarmServers, wishFor } from '../../setup/wish.ts';
import type { ItemProvider } from './provider.ts';

/** Everything setup validates, and what it would still do. */
export const serverItems: ItemProvider = {
  name: 'setup',

  async items(_context, { project, spec, server }) {
    if (server === undefined) return [];
    const { stateDir, privilege } = server.account;
    const mayBeRoot = privilege === 'root' || privilege === 'sudo';
    const deploying = Object.values(project.servers).filter(({ role }) => role !== 'build');
    const swarm = swarmServers(
      project,
      false,
      deploying.map(({ name }) => name),
    ).includes(spec.name);
    const wish = wishFor(project, spec, { role: spec.role, swarm, stateDir });
    const facts = await readFacts(server, questionFor(project, wish));
    return [...itemsOfFacts(facts, wish), setupItem()];

    function setupItem(): Item {
      const item = 'setup';
      try {
        const { steps, advice } = planSetup({ facts, wish, mode: 'auto', server: spec.name, stateDir, mayBeRoot });
        const recommended = advice.length === 0 ? undefined : advice.join('; ');
        if (steps.length === 0) return { item, ok: true, detail: 'nothing to do', cure: recommended };
        const command = spec.role === 'build' ? 'setup-build-server' : 'setup-deploy-node';
        const detail = `to do: ${steps.map(({ title, why }) => `${title} (${why})`).join('; ')}`;
        return { item, ok: false, detail, cure: `drayage ${command} --servers ${spec.name}` };
      } catch (error) {
        if (!(error instanceof DrayageError)) throw error;
        return { item, ok: false, detail: error.message, cure: error.hint };
      }
    }
  },
};
