import type { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import { engineLines } from '../docker/cli-lines.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Programs } from '../programs.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';

export interface Loading {
  readonly programs: Programs;
  /** A name of the image. */
  readonly name: string;
  /** As `docker save` writes it, compressed or not. */
  readonly archive: Readable;
}

/** What this machine's engine says of an image it was given. */
export interface Loaded {
  readonly imageId: string;
  readonly platforms: readonly string[];
  readonly user: string;
}

/** What is read of the Docker CLI's answer (Engine API, ImageInspect). */
interface Inspected {
  readonly Id: string;
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Config?: { readonly User?: string };
}

/** Loads an image into the engine of this machine. Throws LOAD_FAILED and TOOL_MISSING. */
export async function loadArchive(context: Context, { programs, name, archive }: Loading): Promise<Loaded> {
  const docker = await programs.path('docker');
  return context.report.phase(`Load ${name} here`, async (phase) => {
    const { signal } = context;
    const loaded = await programs.run([docker, 'load', '--quiet'], { stdin: archive, signal }).catch((cause) => {
      signal.throwIfAborted();
      throw failed(name, cause instanceof Error ? cause.message : String(cause));
    });
    if (loaded.exitCode !== 0) throw failed(name, loaded.stderr.trim().split('\n').at(-1) ?? '', loaded.stderr);
    // As JSON: a template fails on fields that an image need not have.
    const inspected = await programs.run([docker, 'image', 'inspect', name], { signal });
    if (inspected.exitCode !== 0) throw failed(name, inspected.stderr.trim(), inspected.stderr);
    const { Id: imageId, Os, Architecture, Variant, Config } = JSON.parse(inspected.stdout)[0] as Inspected;
    const platform = [Os, Architecture, Variant].filter((part) => part !== undefined && part !== '').join('/');
    const user = Config?.User ?? '';
    phase.note(`this machine has it as ${imageId}`);
    return { imageId, platforms: [platform], user };
  });
}

/** Brings an image of a build server to this machine's engine, over the connection that stands. */
export async function loadFrom(context: Context, programs: Programs, server: Server, name: string): Promise<Loaded> {
  // Most of what travels are programs and text: gzip at its quickest halves them.
  const script = `${engineLines(server.account)}\n(set -o pipefail) 2>/dev/null && set -o pipefail\ndocker save ${quote(name)} | gzip -1`;
  return loadArchive(context, { programs, name, archive: await server.pipe(['sh', '-c', script]) });
}

function failed(name: string, said: string, output?: string): DrayageError {
  return new DrayageError(
    'LOAD_FAILED',
    `${name} could not be loaded into the engine of this machine: ${said.replace(/\.$/, '')}.`,
    {
      hint: 'Check that Docker runs here: docker info',
      output,
    },
  );
}
