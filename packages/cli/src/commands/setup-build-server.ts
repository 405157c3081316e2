import type { Command } from '@drayage/core/host/command';
import { setupBuildServer } from '../../../../actions/setup-build-server/inputs.ts';
import { setUp } from '../setup.ts';

export const command: Command<(typeof setupBuildServer)['inputs']['shape']> = {
  declaration: setupBuildServer,
  run: (call) => setUp(call, 'build'),
};
