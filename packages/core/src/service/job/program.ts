import type { Readiness } from '../../docker/run-spec.ts';
import { quote } from '../../transport/shell.ts';
import { apiSteps } from './api.ts';
import { imageSteps, secretSteps, toolSteps } from './image.ts';
import { prelude, shortPrelude } from './prelude.ts';
import { probeSteps, readySteps } from './probe.ts';
import { oldContainers, retirementSteps } from './retirement.ts';
import { spreadSteps } from './spread.ts';
import { standaloneSteps } from './standalone.ts';
import { oldServices, retireSwarmSecrets, swarmSteps } from './swarm.ts';

/** What every job knows. Times are milliseconds unless said otherwise. */
export interface JobVariables {
  readonly id: string;
  readonly resource: string;
  readonly folder: string;
  readonly secrets: string;
  readonly log: string;
  readonly image: string;
  /** Platform and user of the image where it is on the node. */
  readonly image_known: string;
  /** The same of an image that was pushed just now and is to be pulled; empty where that is not known. */
  readonly image_expected: string;
  /** `os/architecture` of the node. */
  readonly platform: string;
  readonly network: string;
  readonly network_labels: string;
  readonly user: string;
  readonly replicas: number;
  readonly timeout: number;
  /** Seconds. */
  readonly grace: number;
  readonly drain: number;
  readonly keep: number;
  /** Arguments of `docker ps` that select the service's containers. */
  readonly own_filters: string;
  readonly prober: 'curl' | 'bash' | 'container';
  readonly prober_image: string;
  /** 1 where the node is a manager of a Swarm. */
  readonly manager: number;
}

export interface StandaloneVariables extends JobVariables {
  readonly slot: 'blue' | 'green';
  /** `resource-slot`: name on the network, and beginning of the containers' names. */
  readonly alias: string;
  readonly strategy: 'blue-green' | 'swap-port' | 'stop-first';
  readonly networks: string;
  /** What the look at the node found; the lock has been ours since before. Ids of the service's running containers. */
  readonly old: string;
  /** Those of them that still drain in the slot that is to become active. */
  readonly leftovers: string;
  readonly names_taken: string;
  /** 1 where the environment's network exists. */
  readonly network_known: number;
}

export interface SwarmVariables extends JobVariables {
  /** Name of the service. */
  readonly target: string;
  readonly strategy: 'rolling' | 'blue-green';
  readonly on_failure: string;
  /** 1 where the service has a HEALTHCHECK of ours. */
  readonly has_healthcheck: number;
  /** Labels for new Swarm secrets, as arguments. */
  readonly secret_labels: string;
  /** Names of all Swarm secrets the service has. */
  readonly known_secrets: string;
  readonly schedule_patience: number;
  /** For how long Swarm watches new tasks. */
  readonly monitor: number;
  /** 1 where this job brings the image: with a single node and nothing to learn of the image, one job is enough. */
  readonly pulls: number;
}

/** What the jobs of both kinds need besides their variables. */
export interface ProgramParts<Variables> {
  readonly variables: Variables;
  readonly readiness: Readiness;
  /** Scripts that switch the proxy to the new slot, and back. */
  readonly switchTo: string;
  readonly switchBack: string;
  /** Takes the lock where that is the job's own business; empty where it is held already. */
  readonly taking: string;
  /** Exits with 75 where the lock is not ours any more. */
  readonly guard: string;
  /** Frees the lock, where the job is the last to need it. */
  readonly freeing: string;
  /** Whether the node waits for the others between the health check and the switch. */
  readonly together: boolean;
}

/** The whole of a deployment on one node without Swarm, as POSIX sh for `Server.job`. */
export function standaloneProgram(program: ProgramParts<StandaloneVariables>): string {
  return `${opening(program)}${standaloneSteps}${retirementSteps(oldContainers)}
pull_image
place_secrets
ensure_network
start_prober
stage
await_drained
${program.together ? awaitWord('staged', 'go') : ''}
fence
swap_port
${closing(program)}`;
}

/** The whole of a deployment by a manager of a Swarm. On other nodes the image is already. */
export function swarmProgram(program: ProgramParts<SwarmVariables>): string {
  return `${opening(program)}${swarmSteps}${retirementSteps(oldServices, retireSwarmSecrets)}
names=
[ "$pulls" != 1 ] || pull_image
place_swarm_secrets
place_secrets
ensure_network
await_drained
[ "$strategy" != blue-green ] || start_prober
prove
apply_service
await_tasks
${program.together ? awaitWord('staged', 'go') : ''}
fence
${closing(program)}`;
}

/** Pulls an image ahead of a Swarm deployment and says what it offers for health checks. */
export function pullProgram(variables: PullVariables): string {
  return `${assignments(variables)}
${apiSteps}${shortPrelude}${imageSteps}${toolSteps}
pull_image
[ "$wants_tools" != 1 ] || tell_tools
event done ''
# Without a name of ours a cleanup could not tell it from what others pulled, and \`docker image prune\` would take it.
docker tag "$image" "$keeper" </dev/null >/dev/null 2>&1 &
`;
}

/** Brings an image to the nodes of a Swarm that we have no connection to. */
export function spreadProgram(variables: { image: string; service: string; timeout: number }): string {
  return `${assignments(variables)}
${apiSteps}${shortPrelude}${spreadSteps}
spread_image
event done ''
`;
}

/** Switches a proxy on a node that runs nothing of the service, together with the manager's job. */
export function proxyProgram(
  program: Pick<ProgramParts<unknown>, 'switchTo' | 'switchBack' | 'guard'> & { readonly timeout: number },
): string {
  return `${program.guard}timeout=${program.timeout}
${fence(program.guard)}${shortPrelude}
back() { (
${program.switchBack}
) }
trap 'trap "" TERM; [ -z "$switched" ] || back; event cancelled ""; exit 143' TERM INT HUP
switched=
${awaitWord('staged', 'go')}
fence
switched=1
(
${program.switchTo}
) || { back; fail SWITCH_FAILED 'The proxy could not be switched.'; }
${awaitWord('committed', 'commit')}
event done ''
`;
}

export interface PullVariables {
  readonly image: string;
  readonly image_known: string;
  readonly image_expected: string;
  readonly platform: string;
  readonly timeout: number;
  /** 1 where it is to be said what the image offers to health checks. */
  readonly wants_tools: number;
  /** Where the answer is kept: an image does not change. */
  readonly tools_file: string;
  /** The name it gets on the node. */
  readonly keeper: string;
}

/** Looks at the lock again, later in the job: this time there is something to take back. */
function fence(guard: string): string {
  return `fence() { (
${guard}
) || fail LOCK_LOST 'Another run has taken the lock over.'; }
`;
}

function opening(program: ProgramParts<JobVariables>): string {
  return `${program.taking}${program.guard}${assignments({ ...program.variables, ...checkVariables(program.readiness) })}
switch_slot() { (
${program.switchTo}
) }
switch_to_previous() { (
${program.switchBack}
) }
free_lock() {
${program.freeing}
:
}
${fence(program.guard)}${apiSteps}${prelude}${imageSteps}${secretSteps}${probeSteps}${readySteps}`;
}

function closing(program: ProgramParts<JobVariables>): string {
  return `commit
${program.together ? awaitWord('committed', 'commit') : ''}
finish
retire
# Nothing of this is waited for, and none of it may hold the lock.
stop_prober >/dev/null 2>&1 5<&- 6>&- 7>&- 8>&- &
`;
}

/** Several nodes wait for each other: the client writes the word's file when all have come this far, or ends the jobs. */
function awaitWord(event: string, word: string): string {
  return `event ${event} ''
while [ ! -e ${word} ]; do
  nap 100
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The other nodes were not ready within $(( timeout / 1000 )) s."
done`;
}

export function assignments(variables: object): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quote(String(value))}`)
    .join('\n');
}

/** How the container is probed. A container has start-period + retries × interval to pass once. */
export function checkVariables(readiness: Readiness): Record<string, string | number> {
  const defaults = { check_command: '', path: '', port: '', probe_timeout: '2', interval: 1000 };
  if (readiness.source === 'running') return { ...defaults, check: 'none', budget: readiness.window };
  if (readiness.source === 'port') return { ...defaults, check: 'tcp', port: readiness.port, budget: readiness.window };
  const { probe, interval, timeout, retries, startPeriod } = readiness;
  const common = {
    ...defaults,
    check: probe.kind,
    interval: Math.max(100, interval),
    probe_timeout: String(Math.max(timeout, 100) / 1000),
    budget: startPeriod + Math.max(1, retries) * interval,
  };
  if (probe.kind === 'command') return { ...common, check_command: probe.command };
  return probe.kind === 'http' ? { ...common, path: probe.path, port: probe.port } : { ...common, port: probe.port };
}
