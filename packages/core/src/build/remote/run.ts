import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { PrivateFolder, Programs } from '../../programs.ts';
import type { Phase } from '../../report/report.ts';
import { tryHandshake } from '../../transport/tls-handshake.ts';
import { diagnoseBuild } from '../diagnose.ts';
import type { ServerTask } from '../on-server.ts';
import { dockerfileOf } from '../sources/dockerfile-path.ts';
import { type RemoteBuilder, refusalOf } from './connection.ts';
import { answered, brokenConnection, fallenSilent } from './outage.ts';

export interface BuildctlRun {
  readonly task: ServerTask;
  readonly builder: RemoteBuilder;
  readonly programs: Programs;
  readonly folder: PrivateFolder;
  readonly argv: readonly [string, ...string[]];
}

/** Output kept for the diagnosis. */
const keptOutput = 64 * 1024;

/** How often a build is begun: a buildkitd that ends of the build itself would end of it for ever. */
const mostAttempts = 3;

/** Milliseconds that a buildkitd may be out of reach. */
const patience = 2 * 60_000;

/**
 * Runs buildctl to its end. buildkitd ends a build whose client is gone, so after a broken connection it is begun anew: steps that were done come out of the
 * cache, and nothing had been given a tag. Throws BUILDER_LOST, BUILDER_* and what a build throws.
 */
export async function runBuildctl({ signal }: Context, phase: Phase, run: BuildctlRun): Promise<void> {
  const { task, builder } = run;
  const { name, address } = builder;
  const expired = AbortSignal.timeout(task.build.timeout);
  const until = Date.now() + task.build.timeout;
  const either = AbortSignal.any([signal, expired]);
  const handshake = () => tryHandshake({ ...builder, signal: either });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const reason = await runOnce(phase, run, either);
      if (reason === undefined) return;
      if (attempt === mostAttempts) throw lost(run, `broke ${attempt} times while it built`, reason);
      phase.note(`the connection to buildkitd of ${name} broke (${reason}); the build begins anew when it answers`);
      const answer = await answered(handshake, { until: Math.min(until, Date.now() + patience), signal: either });
      if (answer.kind === 'unreachable')
        throw lost(run, 'broke while it built', `${reason}. Since then nothing answers (${answer.reason})`);
      const refusal = refusalOf(builder, answer);
      if (refusal !== undefined) throw refusal;
      phase.note(`buildkitd of ${name} answers again at ${address}: what was done comes out of its cache`);
    }
  } catch (error) {
    if (signal.aborted || !expired.aborted) throw error;
    throw tookTooLong(task);
  }
}

/** What broke the connection; undefined where the build succeeded. Throws what a build throws. */
async function runOnce(
  phase: Phase,
  { task, builder, programs, folder, argv }: BuildctlRun,
  signal: AbortSignal,
): Promise<string | undefined> {
  let log = '';
  let heardAt = Date.now();
  const onOutput = (chunk: string) => {
    heardAt = Date.now();
    log = `${log}${chunk}`.slice(-keptOutput);
    phase.output(chunk);
  };
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const handshake = () => tryHandshake({ ...builder, signal: ended });
  const stop = new AbortController();
  let silence: string | undefined;
  const watching = fallenSilent({ heardAt: () => heardAt, handshake, signal: ended }).then((reason) => {
    if (reason === undefined) return;
    silence = `nothing was heard any more: ${reason}`;
    stop.abort();
  });
  try {
    const { exitCode } = await programs.run(argv, {
      cwd: folder.path,
      env: { DOCKER_CONFIG: folder.path },
      onOutput,
      signal: AbortSignal.any([signal, stop.signal]),
    });
    if (exitCode === 0) return undefined;
  } catch (error) {
    if (signal.aborted || silence === undefined) throw error;
    return silence;
  } finally {
    over.abort();
    await watching;
  }
  const broken = brokenConnection(log);
  if (broken !== undefined) return broken;
  throw diagnoseBuild(log.replace(/^error: /gm, 'ERROR: '), {
    service: task.service.name,
    server: task.server,
    dockerfile: dockerfileOf(task.service.source, task.build),
    registries: task.project.registries,
  });
}

function lost({ task, builder }: BuildctlRun, how: string, reason: string): DrayageError {
  const { name, address } = builder;
  return new DrayageError(
    'BUILDER_LOST',
    `The connection to buildkitd of ${name} at ${address} ${how} ${task.service.name}: ${reason}.`,
    {
      hint: 'Nothing was given a tag. Run again when it answers; there, `docker logs drayage-buildkitd` tells whether it ended by itself.',
    },
  );
}

function tookTooLong({ service, build, server }: ServerTask): DrayageError {
  const minutes = Math.round(build.timeout / 6000) / 10;
  return new DrayageError(
    'BUILD_FAILED',
    `The build of ${service.name} took longer than ${minutes} min on ${server} and was ended.`,
    { hint: 'Raise build.timeout.' },
  );
}
