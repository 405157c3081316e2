import type { Project } from '@drayage/core/config/model';
import { sshBuilders } from '@drayage/core/config/pick';
import type { Call, Result } from '@drayage/core/host/command';
import type { UpResult, UpResults } from '@drayage/core/pipeline/up';

interface UpInputs {
  readonly service?: string;
  readonly setup?: 'auto' | 'never' | 'always';
  readonly 'tools-mirror'?: string;
  readonly title?: string;
  readonly description?: string;
  readonly 'dry-run'?: boolean;
}

/** The whole road, and what became of it as outputs, state and summary. */
export async function runUp(call: Call<UpInputs>): Promise<Result> {
  const { state, inputs } = call;
  const { services: results } = await takeRoad(call);
  const project = await call.project();
  let handedOn = state.packed();
  for (const { service, deployment, commit } of inputs['dry-run'] === true ? [] : results) {
    const { deploymentId, pinnedImage } = deployment;
    handedOn = state.begin(project, service, { deploymentId, sourceCommit: commit, digest: digestOf(pinnedImage) });
  }
  return { outputs: { ...outputsOf(results), state: handedOn }, deployed: results.map(deployedOf) };
}

/** Whether `up` would change anything; says what. */
export async function wouldChange(call: Call<Omit<UpInputs, 'dry-run'>>): Promise<boolean> {
  const { services, setup } = await takeRoad({ ...call, inputs: { ...call.inputs, 'dry-run': true } });
  return (
    setup.length > 0 ||
    services.some(
      ({ deployment, domains, withdrawn }) =>
        deployment.status === 'planned' || withdrawn.length > 0 || domains.some(({ changed }) => changed.length > 0),
    )
  );
}

async function takeRoad({ inputs, ...call }: Call<UpInputs>): Promise<UpResults> {
  const [project, git] = await Promise.all([call.project(), call.checkout()]);
  await call.warm(serversOf(project, inputs.service));
  const { up } = await import('@drayage/core/pipeline/up');
  const services = inputs.service === undefined ? undefined : [inputs.service];
  const { setup = 'auto', title = git.subject, description, 'dry-run': dryRun, 'tools-mirror': toolsMirror } = inputs;
  const buildsHere = project.services.some(
    ({ name, source }) => source.kind === 'path' && (services?.includes(name) ?? true),
  );
  const told = buildsHere ? call.warnOfChanges() : undefined;
  const isDirty = buildsHere && dryRun ? await call.isDirty() : undefined;
  const more = { toolsMirror, title, description, dryRun, isDirty };
  const results = await up(call.context, { project, services, setup, git, ...more });
  await told;
  return results;
}

function serversOf(project: Project, only: string | undefined): string[] {
  const chosen = project.services.filter(({ name }) => only === undefined || name === only);
  const names = chosen.flatMap((service) => [...sshBuilders(project, service), ...service.deploy.servers]);
  return [...new Set([...names, ...(project.proxy?.servers ?? [])])];
}

function outputsOf(results: readonly UpResult[]): Record<string, string | undefined> {
  const plain = results.map(({ service, image, commit, deployment, domains }) => ({
    service,
    image,
    'pinned-image': deployment.pinnedImage,
    'source-commit': commit,
    'deployment-id': deployment.deploymentId,
    status: deployment.status,
    'previous-image': deployment.previousImage,
    url: domains[0]?.url,
    'certificate-issuer': domains[0]?.certificateIssuer,
    'certificate-expires': domains[0]?.certificateExpires?.toISOString(),
  }));
  const { service: _service, ...last } = plain.at(-1) ?? { service: '' };
  return { ...last, services: JSON.stringify(plain) };
}

function deployedOf({ service, deployment, domains }: UpResult) {
  const [image] = deployment.pinnedImage.split('@');
  const nodes = deployment.nodes.map(({ server }) => server);
  return {
    service,
    image,
    digest: digestOf(deployment.pinnedImage),
    nodes,
    url: domains[0]?.url,
    status: deployment.status,
  };
}

function digestOf(pinnedImage: string): string | undefined {
  return pinnedImage.split('@')[1];
}
