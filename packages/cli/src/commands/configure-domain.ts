import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { configureDomain } from '../../../../actions/configure-domain/inputs.ts';

export const command: Command<(typeof configureDomain)['inputs']['shape']> = {
  declaration: configureDomain,

  async run(call) {
    const [project, service] = await Promise.all([call.project(), call.service()]);
    await call.warm(project.proxy?.servers ?? []);
    const { configureDomains } = await import('@drayage/core/domain/configure');
    const domains = await configureDomains(call.context, { project, service: pickService(project, service) });
    const [first] = domains;
    return {
      outputs: {
        url: first?.url,
        'certificate-issuer': first?.certificateIssuer,
        'certificate-expires': first?.certificateExpires?.toISOString(),
        state: call.state.packed(),
      },
      deployed: domains.map(({ url, node }) => ({ service, url, nodes: [node] })),
    };
  },
};
