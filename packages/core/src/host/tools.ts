import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, chmod, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { DrayageError } from '../errors/drayage-error.ts';
import { type Environment, variable } from './environment.ts';

/** A program that a step needs on this machine, such as cosign or buildctl. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  /** Of what the URL gives, in hexadecimal digits. */
  readonly sha256: string;
  /** Where the program is inside a .tar.gz or .zip; without it the download is the program. */
  readonly inArchive?: string;
  /** Name of the program's file, where it is not that of the tool: `cosign.exe`. */
  readonly file?: string;
}

/**
 * Path of a tool. On a GitHub runner it is fetched once, checked and kept in the tool cache; elsewhere, and on a runner that
 * cannot fetch it, it must be on the PATH. Throws TOOL_MISSING, TOOL_DOWNLOAD_FAILED and TOOL_CHECKSUM_MISMATCH.
 */
export async function toolPath(tool: Tool, env: Environment): Promise<string> {
  const { name, version, file = name } = tool;
  if (variable(env, 'RUNNER_TOOL_CACHE') === undefined || variable(env, 'RUNNER_TEMP') === undefined) {
    const found = await onPath(file, env);
    if (found !== undefined) return found;
    throw new DrayageError('TOOL_MISSING', `This step needs ${name} ${version}, and it is not on the PATH.`, {
      hint: `Install it from ${tool.url}`,
    });
  }
  const toolkit = await import('./toolkit-tools.ts');
  const cached = toolkit.find(name, version);
  if (cached !== '') return join(cached, file);
  try {
    return join(await fetchTool(tool, toolkit), file);
  } catch (error) {
    const installed = isDownload(error) ? await onPath(file, env) : undefined;
    if (installed !== undefined) return installed;
    throw error;
  }
}

/** What was fetched and is another program than expected is no reason to run a third one. */
function isDownload(error: unknown): boolean {
  return error instanceof DrayageError && error.code === 'TOOL_DOWNLOAD_FAILED';
}

/** The file of a program, as an operating system names it. */
export function programFile(name: string, platform: string): string {
  return platform === 'win32' ? `${name}.exe` : name;
}

/** Path of a program that nobody else installs here. Throws TOOL_MISSING, with where to get it. */
export async function programOnPath(
  name: string,
  home: string,
  env: Environment,
  platform: string = process.platform,
): Promise<string> {
  const found = await onPath(programFile(name, platform), env);
  if (found !== undefined) return found;
  throw new DrayageError('TOOL_MISSING', `This step needs ${name}, and it is not on the PATH.`, {
    hint: `Install it from ${home}`,
  });
}

async function onPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (variable(env, 'PATH') ?? '').split(delimiter)) {
    const path = join(folder, name);
    const isProgram =
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (isProgram) return path;
  }
  return undefined;
}

async function fetchTool(tool: Tool, toolkit: typeof import('./toolkit-tools.ts')): Promise<string> {
  const { name, version, url, inArchive, file: programFile = name } = tool;
  const file = await toolkit.downloadTool(url).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DrayageError('TOOL_DOWNLOAD_FAILED', `${name} ${version} could not be fetched from ${url}: ${why}.`, {
      cause,
    });
  });
  try {
    const sha256 = await sha256Of(file);
    if (sha256 !== tool.sha256.toLowerCase()) {
      throw new DrayageError(
        'TOOL_CHECKSUM_MISMATCH',
        `What ${url} gave for ${name} ${version} has the SHA-256 ${sha256}; expected ${tool.sha256}. It was removed.`,
      );
    }
    const extract = url.endsWith('.zip') ? toolkit.extractZip : toolkit.extractTar;
    const program = inArchive === undefined ? file : join(await extract(file), inArchive);
    await chmod(program, 0o755);
    return await toolkit.cacheFile(program, programFile, name, version);
  } finally {
    await rm(file, { force: true });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
