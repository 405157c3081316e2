import type { Project, ServiceSpec } from '../config/model.ts';
import { type Owner, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { registryOfImage } from '../registry/credentials.ts';
import { dockerConfig, registryAuthHeader } from '../registry/docker-config.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { type NodeJob, runJobs } from './apply.ts';
import { formatChange } from './diff.ts';
import { type FactsRequest, factsScript, type NodeFacts, parseFacts } from './facts.ts';
import { lookupName, pinImage } from './pin.ts';
import { type Mode, planStandalone, type StandalonePlan } from './plan.ts';
import { newDeploymentId, runFields } from './record.ts';
import type { ResolvedRun } from './run-spec.ts';
import { specHash } from './spec-hash.ts';
import { standaloneJob } from './standalone.ts';

/** What is to be rolled out, from drayage.yml or from a record. */
export interface RollRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly image: string;
  /** What runs of the image once its digest is known. */
  readonly resolve: (pinnedImage: string) => ResolvedRun;
  readonly commit?: string;
  readonly title: string;
  readonly dryRun: boolean;
  /** How the deployment that is repeated ran; decided anew where undefined. */
  readonly mode?: Mode;
  /** Replaces what runs even where nothing differs. */
  readonly force?: boolean;
}

export interface DeployResult {
  /** Of the deployment that serves now; empty where nothing was ever deployed (dry run). */
  readonly deploymentId: string;
  readonly status: 'done' | 'unchanged' | 'planned';
  readonly pinnedImage: string;
  readonly previousImage: string | undefined;
  readonly nodes: readonly StandalonePlan[];
}

interface Node {
  readonly server: Server;
  readonly facts: NodeFacts;
}

/** Looks at the nodes, decides, says what it will do, and does it on all of them. */
export async function roll(context: Context, request: RollRequest): Promise<DeployResult> {
  const { project, service } = request;
  const owner: Owner = {
    organization: project.organization,
    project: project.name,
    environment: project.environment,
    service: service.name,
  };
  const resource = resourceName(owner);
  const id = newDeploymentId();
  const registry = registryOfImage(project.registries, request.image);
  const nodes = await context.report.phase(`${service.name}: look at ${list(service.deploy.servers)}`, () =>
    lookAtNodes(context, service.deploy.servers, {
      owner,
      resource,
      image: lookupName(request.image),
      registryAuth: registryAuthHeader(registry),
    }),
  );
  const [first] = nodes;
  if (first === undefined) {
    throw new DrayageError('DEPLOY_IMPOSSIBLE', `Service ${service.name} names no server to run on.`, {
      hint: 'Set `deploy.servers`.',
    });
  }
  const pinnedImage = pinImage(request.image, first.server.name, first.facts);
  const run = request.resolve(pinnedImage);
  const plans = nodes.map((node) => planStandalone(node.server.name, run.spec, node.facts, request.force));
  const previousImage = first.facts.current?.pinnedImage;
  const base = { pinnedImage, previousImage, nodes: plans };
  if (plans.every((plan) => plan.action === 'none')) {
    context.report.note(`${service.name}: ${pinnedImage} runs as wanted; nothing to do.`);
    return { ...base, deploymentId: first.facts.current?.id ?? '', status: 'unchanged' };
  }
  return context.report.phase(`${service.name}: deploy`, async (phase) => {
    tellPlans(phase, plans);
    if (request.dryRun) return { ...base, deploymentId: first.facts.current?.id ?? '', status: 'planned' };
    const head = {
      id,
      title: request.title,
      commit: request.commit,
      pinnedImage,
      resource,
      service: service.name,
      mode: 'standalone' as const,
      ...runFields(context.run),
      specHash: specHash(run.spec),
      spec: run.spec,
    };
    const jobs: NodeJob[] = [];
    for (const [index, node] of nodes.entries()) {
      const plan = plans[index];
      if (plan === undefined || plan.action === 'none') continue;
      const input = {
        ...node,
        owner,
        resource,
        run,
        head,
        dockerConfig: dockerConfig([registry]),
        fence: '',
        release: '',
      };
      jobs.push(standaloneJob(plan, { ...input, together: plans.filter((one) => one.action !== 'none').length > 1 }));
    }
    await runJobs(context, phase, jobs);
    return { ...base, deploymentId: id, status: 'done' };
  });
}

async function lookAtNodes(
  context: Context,
  servers: readonly string[],
  wanted: Omit<FactsRequest, 'stateDir'>,
): Promise<readonly Node[]> {
  return Promise.all(
    servers.map(async (name) => {
      const server = await context.connect(name);
      const request = { ...wanted, stateDir: server.account.stateDir };
      const { stdout, stderr } = await server.script(factsScript(request), {
        purpose: 'Looking at the node',
        accept: 'any',
        signal: context.signal,
      });
      return { server, facts: parseFacts(stdout, stderr, request, name) };
    }),
  );
}

function tellPlans(phase: Phase, plans: readonly StandalonePlan[]): void {
  for (const plan of plans) {
    if (plan.action === 'none') {
      phase.note(`${plan.server}: runs as wanted; nothing to do`);
      continue;
    }
    phase.note(`${plan.server}: standalone, ${plan.strategy}, slot ${plan.slot}`);
    for (const change of plan.changes) phase.note(`  ${formatChange(change)}`);
    for (const note of plan.notes) phase.note(`  Note: ${note}`);
  }
}

const list = (names: readonly string[]) => names.join(', ');
