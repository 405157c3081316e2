import type { HealthSpec } from '../model.ts';
import type { ParsedDeploy } from '../schema/project.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

type ParsedHealth = NonNullable<ParsedDeploy['health']>;

/** The port a health check names itself. */
export function healthPort(health: ParsedHealth | undefined): number | undefined {
  return health?.port ?? (typeof health?.tcp === 'number' ? health.tcp : undefined);
}

/** `port`: where the application listens as far as domains and ports tell. */
export function healthSpec(
  health: ParsedHealth,
  at: Path,
  port: number | undefined,
  reading: Reading,
): HealthSpec | undefined {
  const probe = probeOf(health, at, port, reading);
  if (probe === undefined) return undefined;
  return {
    probe,
    interval: health.interval,
    timeout: health.timeout,
    retries: health.retries,
    startPeriod: health['start-period'],
  };
}

function probeOf(
  health: ParsedHealth,
  at: Path,
  port: number | undefined,
  reading: Reading,
): HealthSpec['probe'] | undefined {
  const kinds = (['http', 'tcp', 'command'] as const).filter((kind) => health[kind] !== undefined);
  const [kind, second] = kinds;
  if (kind === undefined) {
    reading.problems.error(at, `${printPath(at)} needs one of http, tcp and command; it has none.`, { what: 'key' });
    return undefined;
  }
  const conflict = (key: string, message: string) =>
    reading.problems.error([...at, key], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  if (second !== undefined) {
    conflict(second, `${printPath(at)} has both ${kind} and ${second}; it can have only one of http, tcp and command.`);
    return undefined;
  }
  if (health.command !== undefined) {
    if (health.port !== undefined)
      conflict('port', `${printPath(at)} has both command and port; a command needs no port.`);
    return { kind: 'command', command: health.command };
  }
  if (typeof health.tcp === 'number' && health.port !== undefined && health.port !== health.tcp) {
    conflict('port', `${printPath(at)} has both tcp: ${health.tcp} and port: ${health.port}; they must be one port.`);
  }
  const known = healthPort(health) ?? port;
  if (known === undefined) {
    const message = `${printPath(at)} names no port, and neither do the service's domains and ports.`;
    reading.problems.error(at, message, { what: 'key', hint: 'Add port: with the port inside the container.' });
    return undefined;
  }
  return health.http === undefined ? { kind: 'tcp', port: known } : { kind: 'http', path: health.http, port: known };
}
