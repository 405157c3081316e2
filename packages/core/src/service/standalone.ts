import { labelPrefix, networkName, type Owner, ownerLabels } from '../config/names.ts';
import { containerSpec, restartPolicy, seconds } from '../docker/container-spec.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { slotName } from '../proxy/slot.ts';
import { switchScript } from '../proxy/switch.ts';
import type { Server } from '../transport/server.ts';
import type { NodeJob } from './apply.ts';
import type { NodeFacts, OwnContainer } from './facts.ts';
import { standaloneProgram } from './job/program.ts';
import type { StandalonePlan } from './plan.ts';
import { deploymentPaths, type RecordHead, recordHead } from './record.ts';
import { type ResolvedRun, referencesIn } from './run-spec.ts';
import type { FreshImage } from './sighting.ts';
import { specHash } from './spec-hash.ts';

/** For nodes that have neither curl nor bash, or whose engine hides the containers' addresses. */
export const proberImage = 'curlimages/curl:8.11.1';

export interface NodeJobInput {
  readonly server: Server;
  readonly owner: Owner;
  readonly resource: string;
  readonly run: ResolvedRun;
  readonly facts: NodeFacts;
  /** The record's fields that are the same on every node. */
  readonly head: Omit<RecordHead, 'logPath' | 'slot' | 'strategy' | 'previousImage'>;
  /** X-Registry-Auth for the image's registry: base64url of the credentials as JSON. */
  readonly registryAuth: string | undefined;
  /** What is known of an image that the node does not have yet. */
  readonly fresh?: FreshImage;
  /** First lines of a job that takes the lock itself; empty where it is held already. */
  readonly taking: string;
  /** First lines of a script that works under the lock. */
  readonly guard: string;
  /** Last lines of a job that frees the lock; empty where the lock is somebody else's to free. */
  readonly freeing: string;
  /** Whether several nodes are deployed to at once. */
  readonly together: boolean;
}

/** The job that carries out a plan on one node, with everything it needs in files. */
export function standaloneJob(plan: StandalonePlan, input: NodeJobInput): NodeJob {
  const { server, owner, resource, run, facts, head } = input;
  const { spec } = run;
  const { stateDir } = server.account;
  const paths = deploymentPaths(stateDir, resource);
  const service = owner.service ?? '';
  const filters = Object.entries(ownerLabels(owner)).flatMap(([key, value]) => ['--filter', `label=${key}=${value}`]);
  const alias = slotName(resource, plan.slot);
  const running = facts.containers.filter((container) => container.state === 'running');
  const reveal = revealFrom(run, server.name);
  referencesIn(spec).forEach(reveal);
  const script = standaloneProgram({
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
      own_filters: filters.join(' '),
      prober: plan.prober,
      prober_image: proberImage,
      manager: facts.swarm.manager ? 1 : 0,
      slot: plan.slot,
      alias,
      strategy: plan.strategy,
      networks: spec.networks.join(' '),
      old: idsOf(running),
      leftovers: idsOf(running.filter((container) => container.slot === plan.slot)),
      names_taken: facts.containers.map((container) => container.name).join(' '),
      network_known: facts.network === undefined ? 0 : 1,
    },
    readiness: spec.readiness,
    switchTo: switchScript({ stateDir, resource, slot: plan.slot }),
    switchBack: switchScript({ stateDir, resource, slot: plan.previousSlot }),
    taking: input.taking,
    guard: input.guard,
    freeing: input.freeing,
    together: input.together,
  });
  const labels = {
    [`${labelPrefix}.deployment`]: head.id,
    [`${labelPrefix}.slot`]: plan.slot,
    [`${labelPrefix}.spec`]: specHash(spec),
  };
  const container = (publish: boolean) =>
    containerSpec({
      owner,
      spec,
      reveal,
      secretFolder: paths.secrets,
      aliases: [alias, service],
      labels,
      publish,
    });
  const isSwap = plan.strategy === 'swap-port';
  const created = Array.from({ length: spec.replicas }, (_, index) => [`create-${index + 1}.json`, container(!isSwap)]);
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
      ...Object.fromEntries(created),
      // Until it has proven itself a container is not restarted.
      'restart.json': JSON.stringify({ RestartPolicy: restartPolicy(spec) }),
      ...(isSwap ? { 'publish-1.json': container(true) } : {}),
      ...(input.registryAuth === undefined ? {} : { 'registry-auth': input.registryAuth }),
      ...secretFiles(run),
    },
  };
}

/** The content of a reference. Throws SECRET_MISSING before anything is started without it. */
export function revealFrom({ secrets }: ResolvedRun, server: string): (secretRef: string) => string {
  return (secretRef) => {
    const content = secrets.get(secretRef);
    if (content !== undefined) return content;
    throw new DrayageError('SECRET_MISSING', `Secret ${secretRef} is neither given nor stored on ${server}.`, {
      hint: 'Run again with --refresh-secrets and the secrets of drayage.yml.',
    });
  };
}

const idsOf = (containers: readonly OwnContainer[]) => containers.map((container) => container.id).join(' ');

/** `mount.NAME` for what containers see as files, `secret.NAME` for what only a rollback needs. */
export function secretFiles({ spec, secrets }: ResolvedRun): Record<string, string> {
  const mounted = new Set([
    ...Object.values(spec.secrets).map((reference) => reference.secretRef),
    ...spec.mounts.flatMap((mount) => (mount.type === 'file' ? [mount.content.secretRef] : [])),
  ]);
  return Object.fromEntries(
    [...secrets].map(([name, content]) => [`${mounted.has(name) ? 'mount' : 'secret'}.${name}`, content]),
  );
}
