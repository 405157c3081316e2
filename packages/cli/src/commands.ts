import type { AnyCommand } from '@drayage/core/host/command';

/** Every command that works, loaded when it is asked for. The order is that of the help. */
export const commands: Readonly<Record<string, () => Promise<{ readonly command: AnyCommand }>>> = {
  up: () => import('./commands/up.ts'),
  plan: () => import('./commands/plan.ts'),
  'setup-build-server': () => import('./commands/setup-build-server.ts'),
  'setup-deploy-node': () => import('./commands/setup-deploy-node.ts'),
  'build-remote': () => import('./commands/build-remote.ts'),
  'push-image': () => import('./commands/push-image.ts'),
  'deploy-service': () => import('./commands/deploy-service.ts'),
  'configure-domain': () => import('./commands/configure-domain.ts'),
  rollback: () => import('./commands/rollback.ts'),
  redeploy: () => import('./commands/redeploy.ts'),
  teardown: () => import('./commands/teardown.ts'),
  history: () => import('./commands/history.ts'),
  status: () => import('./commands/status.ts'),
  logs: () => import('./commands/logs.ts'),
  doctor: () => import('./commands/doctor.ts'),
  cleanup: () => import('./commands/cleanup.ts'),
  builder: () => import('./commands/builder.ts'),
  leftovers: () => import('./commands/leftovers.ts'),
  validate: () => import('./commands/validate.ts'),
  init: () => import('./commands/init.ts'),
  schema: () => import('./commands/schema.ts'),
  completion: () => import('./commands/completion.ts'),
  help: () => import('./commands/help.ts'),
};

/** Names that are kept for commands to come: they answer that they do not work yet. */
export const reservedCommands: readonly string[] = ['adopt', 'backup', 'exec', 'report', 'restore', 'run', 'stats'];
