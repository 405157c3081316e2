// The names that programs outside of this repository may use.

export { buildService } from './build/build.ts';
export { type Loaded, type LoadOptions, loadProject } from './config/load.ts';
export type { Project, ServiceSpec } from './config/model.ts';
export type { Context, RunIdentity } from './context.ts';
export { configureDomains } from './domain/configure.ts';
export { type ErrorCode, errorCodes, explain } from './errors/codes.ts';
export { DrayageError, ManyErrors } from './errors/drayage-error.ts';
export { pushImage } from './image/push.ts';
export { type UpRequest, type UpResult, type UpResults, up } from './pipeline/up.ts';
export type { Programs } from './programs.ts';
export type { Phase, Report } from './report/report.ts';
export { deployService } from './service/deploy.ts';
export { deploymentHistory } from './service/history.ts';
export { redeployService, rollbackService } from './service/rollback.ts';
export { serviceStatus } from './service/status.ts';
export { setupServers } from './setup/setup.ts';
export { connect } from './transport/connect.ts';
export type { Server } from './transport/server.ts';
export { clearImage } from './trust/clear.ts';
