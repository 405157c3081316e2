import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';

/** What the engine answered with, as dockerode reports it. */
interface EngineAnswer extends Error {
  readonly statusCode?: number;
  readonly json?: unknown;
}

/** The HTTP status of the engine's answer, also when the error was already explained; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode } = error as EngineAnswer;
  return typeof statusCode === 'number' ? statusCode : statusOf(error.cause);
}

/** The engine's own sentence, without dockerode's decoration. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { json } = error as EngineAnswer;
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message).trim();
  return error.message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}

/** Says why a request to the engine failed. `what` is the request as a clause: "Inspecting container web". */
export function explainEngine(server: Server, what: string, cause: unknown): DrayageError {
  if (cause instanceof DrayageError) return cause;
  const said = messageOf(cause);
  const user = server.account.user;
  if (/permission denied/i.test(said)) {
    return new DrayageError('DOCKER_DENIED', `${what} on ${server.name}: ${user} may not use Docker there (${said}).`, {
      hint: `Let ${user} in: sudo usermod -aG docker ${user}`,
      cause,
    });
  }
  if (statusOf(cause) !== undefined) {
    return new DrayageError('DOCKER_FAILED', `${what} on ${server.name} was refused by the engine: ${said}`, { cause });
  }
  if (/docker: (not found|command not found|No such file)/i.test(said)) {
    return new DrayageError('DOCKER_MISSING', `${what} on ${server.name}: Docker is not installed there.`, {
      hint: `Install it: drayage setup-deploy-node --servers ${server.name} (setup-build-server where it builds)`,
      cause,
    });
  }
  return new DrayageError(
    'DOCKER_UNREACHABLE',
    `${what} on ${server.name}: the Docker Engine does not answer (${said}).`,
    {
      hint: 'Look at it there: systemctl status docker; journalctl -u docker -n 50',
      cause,
    },
  );
}
