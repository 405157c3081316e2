import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ScanSpec, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type PrivateFolder, type Programs, programsOf } from '../programs.ts';
import type { Phase } from '../report/report.ts';
import type { Access } from './access.ts';
import { accessHint, lastWords } from './diagnose.ts';
import { scanArguments, scanEnvironment } from './scan-plan.ts';
import { counts, type Finding, readReport, scanLines, scanSection, stopping } from './scan-report.ts';

export interface ScanRequest {
  readonly service: ServiceSpec;
  readonly scan: ScanSpec;
  /** `repository@sha256:…`, or the `sha256:…` of an image that only servers have. */
  readonly image: string;
  /** The platforms it will run on: each is looked at. */
  readonly platforms: readonly string[];
  /** Where one of them holds an image without a registry. */
  readonly servers: readonly string[];
  /** How its registry is accessed; undefined where it has none. */
  readonly access: Access | undefined;
}

/**
 * Looks for vulnerabilities in an image and tells what it found. Throws SCAN_FINDINGS where one is as bad as the service allows none to be,
 * SCAN_FAILED where it could not be looked at, and what programs throw.
 */
export async function scanImage(context: Context, request: ScanRequest): Promise<void> {
  const { service, scan, platforms } = request;
  await context.report.phase(`Scan the image of ${service.name}`, async (phase) => {
    const programs = await programsOf(context);
    const trivy = await programs.path('trivy');
    await using folder = await programs.folder();
    const archive = request.access === undefined ? await exported(context, request, folder, phase) : undefined;
    for (const platform of archive === undefined ? platforms : platforms.slice(0, 1)) {
      const several = platforms.length > 1 && archive === undefined;
      const report = await lookInto(context, { ...request, platform, archive, trivy, folder }, programs);
      const findings = readReport(report);
      if (findings === undefined) {
        throw new DrayageError(
          'SCAN_FAILED',
          `trivy wrote a report on the image of ${service.name} that cannot be read.`,
          {
            hint: 'Its version may be too old: expected a report with "SchemaVersion": 2.',
            output: report.slice(0, 2000),
          },
        );
      }
      const suffix = several ? `-${platform.replaceAll('/', '-')}` : '';
      const kept = await programs.keep(`scan-${service.name}${suffix}.json`, report);
      const where = several ? ` (${platform})` : '';
      for (const line of scanLines(findings)) phase.note(line);
      phase.note(`vulnerabilities in the image of ${service.name}${where}: ${counts(findings)}; the report is ${kept}`);
      programs.summarize(scanSection(`Scan of ${service.name}${where}`, findings));
      const stops = stopping(findings, scan.failOn);
      if (stops.length > 0) throw tooBad(request, where, stops, kept);
    }
  });
}

interface Look extends ScanRequest {
  readonly platform: string;
  readonly archive: string | undefined;
  readonly trivy: string;
  readonly folder: PrivateFolder;
}

async function lookInto(context: Context, look: Look, programs: Programs): Promise<string> {
  const { service, image, platform, archive, trivy, folder, access } = look;
  const report = join(folder.path, 'report.json');
  const { ca, registry, env } = access ?? {};
  const subject = archive === undefined ? { image } : { archive };
  const args = scanArguments({ subject, platform, report, ca, insecure: registry?.insecure ?? false });
  const done = await programs.run([trivy, ...args], { env: { ...scanEnvironment, ...env }, signal: context.signal });
  if (done.exitCode === 0) return readFile(report, 'utf8');
  const said = lastWords(done.stderr);
  throw new DrayageError('SCAN_FAILED', `trivy could not look into the image of ${service.name} (${image}): ${said}.`, {
    hint: /(?:vulnerability )?\bDB\b|trivy-db|database/i.test(said)
      ? 'trivy fetches its database of vulnerabilities: this machine must reach mirror.gcr.io or ghcr.io, or TRIVY_DB_REPOSITORY must name a copy.'
      : access && accessHint(said, access),
    output: done.stderr,
  });
}

/** An image without a registry, as an archive on this machine. The server has it, and trivy is here. */
async function exported(
  context: Context,
  { service, image, servers }: ScanRequest,
  folder: PrivateFolder,
  phase: Phase,
): Promise<string> {
  const archive = join(folder.path, 'image.tar');
  for (const name of servers) {
    const { engineOn } = await import('../docker/client.ts');
    const engine = engineOn(await context.connect(name));
    try {
      const has = await engine.call(`Looking for image ${image}`, (docker) =>
        docker
          .getImage(image)
          .inspect()
          .then(
            () => true,
            (error: { statusCode?: number }) => {
              if (error.statusCode === 404) return false;
              throw error;
            },
          ),
      );
      if (!has) continue;
      phase.note(`no registry has the image: it comes from ${name} to be looked at`);
      const stream = await engine.call(`Exporting image ${image}`, (docker) => docker.getImage(image).get(), {
        timeout: 0,
      });
      await pipeline(stream, createWriteStream(archive, { mode: 0o600 }), { signal: context.signal });
      return archive;
    } finally {
      engine.close();
    }
  }
  throw new DrayageError(
    'IMAGE_NOT_FOUND',
    `No server of ${service.name} has the image ${image}, so it cannot be scanned.`,
    {
      hint: `Build it first: drayage build-remote --service ${service.name}`,
    },
  );
}

/** Why the image is not deployed, and what can be done about it. */
function tooBad(
  { service, scan, image }: ScanRequest,
  where: string,
  stops: readonly Finding[],
  kept: string,
): DrayageError {
  const fixable = stops.filter(({ fixed }) => fixed !== '').length;
  const [worst] = stops;
  const first = worst === undefined ? '' : `, the first ${worst.id} in ${worst.package} ${worst.installed}`;
  const what = `The image of ${service.name}${where} has ${counts(stops, ' and ')} ${stops.length === 1 ? 'vulnerability' : 'vulnerabilities'}${first}; scan.fail-on is ${scan.failOn}. ${image} was not deployed, and what ran before still runs.`;
  const cure =
    fixable === 0
      ? 'No fixed version exists yet: use another base image, or name what you accept in .trivyignore.'
      : `${fixable === stops.length ? 'Fixed versions exist' : `For ${fixable} of them fixed versions exist`}: build again on a newer base image (drayage up --no-cache), or update the packages.`;
  return new DrayageError('SCAN_FINDINGS', what, { hint: `${cure} All of them: ${kept}` });
}
