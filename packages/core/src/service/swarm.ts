import { labelPrefix, networkName, ownerLabels } from '../config/names.ts';
import { seconds } from '../docker/container-spec.ts';
import type { RunSpec } from '../docker/run-spec.ts';
import { serviceSpec } from '../docker/service-spec.ts';
import { switchScript } from '../proxy/switch.ts';
import type { Server } from '../transport/server.ts';
import type { NodeJob } from './apply.ts';
import { toolsFile } from './facts.ts';
import { proxyProgram, pullProgram, swarmProgram } from './job/program.ts';
import { keeperName } from './job/retirement.ts';
import { deploymentPaths, recordHead } from './record.ts';
import { referencesIn } from './run-spec.ts';
import type { FreshImage } from './sighting.ts';
import { specHash } from './spec-hash.ts';
import { type NodeJobInput, proberImage, revealFrom, secretFiles } from './standalone.ts';
import type { SwarmPlan } from './swarm-plan.ts';

/** Milliseconds a task may be unschedulable before the deployment fails: nodes and places may just be changing. */
const schedulePatience = 3_000;

/** The manager's job. */
export function swarmJob(
  plan: SwarmPlan,
  input: NodeJobInput & {
    /** Whether the job brings the image to its node. */
    readonly pulls: boolean;
  },
): NodeJob {
  const { server, owner, resource, run, facts, head } = input;
  const { spec } = run;
  const { stateDir } = server.account;
  const paths = deploymentPaths(stateDir, resource);
  const own = Object.entries(ownerLabels(owner)).map(([key, value]) => `${key}=${value}`);
  const mounted = referencesIn({ ...spec, env: {} });
  const labels = {
    [`${labelPrefix}.deployment`]: head.id,
    [`${labelPrefix}.spec`]: specHash(spec),
  };
  const order = plan.stopFirst ? ('stop-first' as const) : undefined;
  const script = swarmProgram({
    variables: {
      id: head.id,
      resource,
      folder: paths.folder,
      secrets: paths.secrets,
      log: paths.log(head.id),
      image: spec.image,
      image_known: facts.image === undefined ? '' : `${facts.image.platform} ${facts.image.user}`,
      image_expected: input.fresh === undefined ? '' : `${input.fresh.platform} ${input.fresh.user}`,
      platform: facts.engine.platform,
      network: networkName(owner),
      network_labels: Object.entries(ownerLabels({ ...owner, service: undefined }))
        .map(([key, value]) => `--label ${key}=${value}`)
        .join(' '),
      user: spec.user ?? '',
      replicas: spec.replicas,
      timeout: spec.timeout,
      grace: seconds(spec.stopGracePeriod),
      drain: spec.drain,
      keep: spec.keep,
      own_filters: own.map((label) => `--filter label=${label}`).join(' '),
      prober: 'container',
      prober_image: proberImage,
      manager: 1,
      target: plan.target,
      strategy: plan.strategy,
      on_failure: spec.update.failure,
      has_healthcheck: plan.healthcheck === undefined ? 0 : 1,
      secret_labels: own.map((label) => `--label ${label}`).join(' '),
      known_secrets: mounted.join(' '),
      schedule_patience: schedulePatience,
      monitor: spec.update.monitor,
      pulls: input.pulls ? 1 : 0,
    },
    readiness: spec.readiness,
    switchTo: switchScript({ stateDir, resource, slot: plan.slot }),
    switchBack: switchScript({ stateDir, resource, slot: plan.previousSlot }),
    taking: input.taking,
    guard: input.guard,
    freeing: input.freeing,
    together: input.together,
  });
  const service = (name: string, changes: Partial<RunSpec>) =>
    serviceSpec({
      name,
      owner,
      spec: {
        ...spec,
        update: { ...spec.update, order: order ?? spec.update.order },
        rollback: { ...spec.rollback, order: order ?? spec.rollback.order },
        ...changes,
      },
      reveal: revealFrom(run, server.name),
      aliases: name === plan.target ? [name, owner.service ?? ''] : [name],
      labels,
      containerLabels: labels,
      healthcheck: plan.healthcheck,
    });
  return {
    server,
    id: `deploy-${head.id}`,
    script,
    servesOn: facts.current !== undefined,
    timeout: spec.timeout,
    files: {
      record: recordHead({
        ...head,
        strategy: plan.strategy,
        slot: plan.slot,
        previousImage: plan.previousImage,
        logPath: paths.log(head.id),
      }),
      'service.json': service(plan.target, {}),
      ...(plan.proof
        ? { 'proof.json': service(`${plan.target}-proof`, { ports: [], kind: 'replicated', replicas: 1 }) }
        : {}),
      ...(input.registryAuth === undefined ? {} : { 'registry-auth': input.registryAuth }),
      ...secretFiles(run),
    },
  };
}

/** Pulls the image on one node, ahead of everything that changes what runs. */
export function pullJob(input: {
  readonly server: Server;
  readonly id: string;
  readonly resource: string;
  readonly image: string;
  readonly platform: string;
  readonly timeout: number;
  readonly registryAuth: string | undefined;
  readonly fresh: FreshImage | undefined;
  /** Whether to look what the image offers to health checks. */
  readonly wantsTools: boolean;
}): NodeJob {
  const { server, id, resource, image, platform, timeout, registryAuth, wantsTools, fresh } = input;
  return {
    server,
    id: `pull-${id}`,
    script: pullProgram({
      image,
      image_known: '',
      image_expected: fresh === undefined ? '' : `${fresh.platform} ${fresh.user}`,
      platform,
      timeout,
      wants_tools: wantsTools ? 1 : 0,
      tools_file: toolsFile(server.account.stateDir, image),
      keeper: `${keeperName(resource)}:${id}`,
    }),
    files: registryAuth === undefined ? {} : { 'registry-auth': registryAuth },
    servesOn: false,
    timeout,
  };
}

/** Switches the proxy of a node other than the manager. */
export function proxyJob(
  plan: SwarmPlan,
  input: {
    readonly server: Server;
    readonly id: string;
    readonly resource: string;
    readonly guard: string;
    readonly timeout: number;
  },
): NodeJob {
  const { server, id, resource, guard, timeout } = input;
  const { stateDir } = server.account;
  return {
    server,
    id: `switch-${id}`,
    script: proxyProgram({
      switchTo: switchScript({ stateDir, resource, slot: plan.slot }),
      switchBack: switchScript({ stateDir, resource, slot: plan.previousSlot }),
      guard,
      timeout,
    }),
    files: {},
    servesOn: true,
    timeout,
  };
}
