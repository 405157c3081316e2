import { formatCpus, formatDuration, formatSize } from '../config/quantities.ts';
import { isReference, type RunSpec, type SpecMount, type SpecValue } from '../docker/run-spec.ts';

/** One line of a plan: `field: before → after`; undefined where the field is absent. */
export interface Change {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/** Field by field, in the names of drayage.yml; values of secrets appear as the hash of their content only. */
export function diffSpecs(before: RunSpec | undefined, after: RunSpec): readonly Change[] {
  const old = before === undefined ? {} : flatten(before);
  const next = flatten(after);
  return [...new Set([...Object.keys(next), ...Object.keys(old)])]
    .filter((field) => old[field] !== next[field])
    .map((field) => ({ field, before: old[field], after: next[field] }));
}

/** A plan with a change that comparing two specifications cannot find. */
export function withChange<Plan extends { readonly changes: readonly Change[] }>(plan: Plan, change?: Change): Plan {
  return change === undefined ? plan : { ...plan, changes: [change, ...plan.changes] };
}

export function formatChange({ field, before, after }: Change): string {
  if (before === undefined) return `+ ${field}: ${after}`;
  if (after === undefined) return `- ${field}: ${before}`;
  return `~ ${field}: ${before} → ${after}`;
}

function flatten(spec: RunSpec): Record<string, string> {
  const fields: [string, string | undefined][] = [
    ['image', spec.image],
    ['kind', spec.kind],
    ['replicas', spec.kind === 'global' ? undefined : String(spec.replicas)],
    ['command', words(spec.command)],
    ['args', words(spec.args)],
    ['user', spec.user],
    ...Object.entries(spec.env).map(([name, value]) => field(`env.${name}`, shown(value))),
    ...Object.entries(spec.secrets).map(([name, value]) => field(`secrets.${name}`, shown(value))),
    ['resources.cpus', cpus(spec.resources.nanoCpus)],
    ['resources.memory', bytes(spec.resources.memory)],
    ['resources.reserve-cpus', cpus(spec.resources.reserveNanoCpus)],
    ['resources.reserve-memory', bytes(spec.resources.reserveMemory)],
    ...spec.ports.map((port) => field(`ports.${port.published}/${port.protocol}`, `${port.target} (${port.mode})`)),
    ...spec.mounts.map((mount) => field(`mounts.${mount.target}`, mountText(mount))),
    ['health', readinessText(spec)],
    ['restart', restartText(spec)],
    ['update', updateText(spec.update)],
    ['rollback', updateText(spec.rollback)],
    ['placement.constraints', words(spec.placement.constraints)],
    ['placement.preferences', words(spec.placement.preferences)],
    ['placement.max-replicas', spec.placement.maxReplicas?.toString()],
    ['networks', words(spec.networks)],
    ...Object.entries(spec.labels).map(([name, value]) => field(`labels.${name}`, value)),
    ['endpoint-mode', spec.endpointMode],
    ...Object.entries(spec.ulimits).map(([name, limit]) => field(`ulimits.${name}`, `${limit.soft}:${limit.hard}`)),
    ['drain', formatDuration(spec.drain)],
    ['stop-grace-period', formatDuration(spec.stopGracePeriod)],
    ['timeout', formatDuration(spec.timeout)],
    ['keep', String(spec.keep)],
  ];
  return Object.fromEntries(fields.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function field(name: string, value: string): [string, string] {
  return [name, value];
}

function words(list: readonly string[] | undefined): string | undefined {
  return list === undefined || list.length === 0 ? undefined : list.map((word) => JSON.stringify(word)).join(' ');
}

function shown(value: SpecValue): string {
  return isReference(value) ? `secret ${value.secretRef.slice(-12)}` : JSON.stringify(value);
}

function mountText(mount: SpecMount): string {
  const source = mount.type === 'file' ? shown(mount.content) : mount.source;
  return `${mount.type} ${source}${mount.readOnly ? ', read-only' : ''}`;
}

function readinessText({ readiness }: RunSpec): string {
  if (readiness.source === 'running') return `runs for ${formatDuration(readiness.window)}`;
  if (readiness.source === 'port') return `port ${readiness.port} opens within ${formatDuration(readiness.window)}`;
  const { probe, interval, timeout, retries, startPeriod } = readiness;
  const what =
    probe.kind === 'http'
      ? `http ${probe.path} on ${probe.port}`
      : probe.kind === 'tcp'
        ? `tcp ${probe.port}`
        : `command ${JSON.stringify(probe.command)}`;
  return `${what}, every ${formatDuration(interval)}, timeout ${formatDuration(timeout)}, ${retries} retries after ${formatDuration(startPeriod)}`;
}

function restartText({ restart }: RunSpec): string {
  const parts = [
    restart.condition,
    restart.delay === undefined ? undefined : `delay ${formatDuration(restart.delay)}`,
    restart.maxAttempts === undefined ? undefined : `max-attempts ${restart.maxAttempts}`,
    restart.window === undefined ? undefined : `window ${formatDuration(restart.window)}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function updateText(update: RunSpec['update']): string {
  const { order, parallelism, delay, monitor, failure, maxFailureRatio } = update;
  return `${order}, ${parallelism} at a time, delay ${formatDuration(delay)}, monitor ${formatDuration(monitor)}, on failure ${failure}, ratio ${maxFailureRatio}`;
}

const cpus = (nano: number | undefined) => (nano === undefined ? undefined : formatCpus(nano));
const bytes = (size: number | undefined) => (size === undefined ? undefined : formatSize(size));
