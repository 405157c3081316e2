import type { Command } from '@drayage/core/host/command';
import { setupDeployNode } from '../../../../actions/setup-deploy-node/inputs.ts';
import { setUp } from '../setup.ts';

export const command: Command<(typeof setupDeployNode)['inputs']['shape']> = {
  declaration: setupDeployNode,
  run: (call) => setUp(call, 'deploy'),
};
