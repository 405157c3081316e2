import type { Readiness } from '../../docker/run-spec.ts';
import { quote } from '../../transport/shell.ts';
import { imageSteps, secretSteps } from './image.ts';
import { prelude } from './prelude.ts';
import { probeSteps, readySteps } from './probe.ts';
import { retirementSteps } from './retirement.ts';
import { standaloneSteps } from './standalone.ts';

/** What every job knows. Times are milliseconds unless said otherwise. */
export interface JobVariables {
  readonly id: string;
  readonly resource: string;
  readonly folder: string;
  readonly secrets: string;
  readonly log: string;
  readonly image: string;
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
}

export interface StandaloneVariables extends JobVariables {
  readonly slot: 'blue' | 'green';
  /** `resource-slot`: name on the network, and beginning of the containers' names. */
  readonly alias: string;
  readonly strategy: 'blue-green' | 'swap-port' | 'stop-first';
  readonly restart: string;
  readonly networks: string;
}

export interface StandaloneProgram {
  readonly variables: StandaloneVariables;
  readonly readiness: Readiness;
  /** Scripts that switch the proxy to the new slot, and back. */
  readonly switchTo: string;
  readonly switchBack: string;
  /** Checks that the lock is still ours; exits when it is not. */
  readonly fence: string;
  /** Gives the lock back. */
  readonly release: string;
  /** Whether the node waits for the others between the health check and the switch. */
  readonly together: boolean;
}

/** The whole of a deployment on one node without Swarm, as POSIX sh for `Server.job`. */
export function standaloneProgram(program: StandaloneProgram): string {
  return `${assignments({ ...program.variables, ...checkVariables(program.readiness) })}
switch_slot() { (
${program.switchTo}
) }
switch_to_previous() { (
${program.switchBack}
) }
fence() {
${program.fence}
:
}
${prelude}${imageSteps}${secretSteps}${probeSteps}${readySteps}${standaloneSteps}${retirementSteps}
fence
old=$(docker ps --quiet $own_filters | tr '\\n' ' ')
pull_image
place_secrets
ensure_network
start_prober
stage
${program.together ? awaitWord('staged', 'go') : ''}
fence
swap_port
await_drained
commit
${program.together ? awaitWord('committed', 'commit') : ''}
stop_prober
finish
retire
${program.release}
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
