import type { Project } from '@drayage/core/config/model';
import type { Call, Result } from '@drayage/core/host/command';
import { serverName } from '@drayage/core/host/input/overrides';

interface SetupInputs {
  readonly servers?: readonly string[];
  readonly setup?: 'auto' | 'always';
  readonly 'dry-run'?: boolean;
  readonly script?: boolean;
  readonly 'tools-mirror'?: string;
}

/** What the two setup commands share: they differ in what a server is made ready for. */
export async function setUp(call: Call<SetupInputs>, role: 'build' | 'deploy'): Promise<Result> {
  const { inputs, context, state } = call;
  const project = await call.project();
  const servers = inputs.servers?.map(serverName);
  await call.warm(servers ?? namesOf(project, role));
  const [{ setupServers }, { guessType }] = await Promise.all([
    import('@drayage/core/setup/setup'),
    import('@drayage/core/build/types/detect'),
  ]);
  const dryRun = inputs['dry-run'] === true || inputs.script === true;
  const mode = inputs.setup ?? 'auto';
  const typeOf = guessType(project);
  const toolsMirror = inputs['tools-mirror'];
  const reports = await setupServers(context, { project, servers, role, mode, typeOf, toolsMirror, dryRun });
  if (inputs.script === true) for (const { script } of reports) call.print(script);
  for (const { server, changed, advice } of dryRun ? reports : []) {
    context.report.note(`${server}: ${changed.length === 0 ? 'nothing to do' : 'would do:'}`);
    for (const title of changed) context.report.note(`  ${title}`);
    for (const line of advice) context.report.note(`  advice: ${line}`);
  }
  return { outputs: { servers: reports.map(({ server }) => server).join(','), state: state.packed() } };
}

function namesOf(project: Project, role: 'build' | 'deploy'): string[] {
  const specs = Object.values(project.servers);
  return specs.filter((spec) => spec.role === role || spec.role === 'both').map(({ name }) => name);
}
