import type { Project } from '@drayage/core/config/model';
import type { Call, Result } from '@drayage/core/host/command';
import type { UpResult } from '@drayage/core/pipeline/up';

interface UpInputs {
  readonly service?: string;
  readonly setup?: 'auto' | 'never' | 'always';
  readonly title?: string;
  readonly 'dry-run'?: boolean;
}

/** `up`, and `plan`, which is the same without changing anything. */
export async function runUp(call: Call<UpInputs>): Promise<Result> {
  const { inputs, context, state } = call;
  const [project, git] = await Promise.all([call.project(), call.checkout()]);
  await call.warm(serversOf(project, inputs.service));
  const { up } = await import('@drayage/core/pipeline/up');
  const services = inputs.service === undefined ? undefined : [inputs.service];
  const { setup = 'auto', title = git.subject, 'dry-run': dryRun } = inputs;
  const results = await up(context, { project, services, setup, git, title, dryRun });
  let handedOn = state.packed();
  for (const { service, deployment, commit } of dryRun === true ? [] : results) {
    const { deploymentId, pinnedImage } = deployment;
    handedOn = state.write(project, service, { deploymentId, sourceCommit: commit, digest: digestOf(pinnedImage) });
  }
  return { outputs: { ...outputsOf(results), state: handedOn }, deployed: results.map(deployedOf) };
}

function serversOf({ services, proxy }: Project, only: string | undefined): string[] {
  const chosen = services.filter(({ name }) => only === undefined || name === only);
  const names = chosen.flatMap(({ build, deploy }) => [...(build?.servers ?? []), ...deploy.servers]);
  return [...new Set([...names, ...(proxy?.servers ?? [])])];
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
