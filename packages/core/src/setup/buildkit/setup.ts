import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildkitSpec } from '../../config/buildkit-spec.ts';
import type { Project, ServerSpec } from '../../config/model.ts';
import { clientFiles, clientFolder } from '../../config/normalise/buildkit.ts';
import { secret } from '../../config/secret.ts';
import type { Context } from '../../context.ts';
import { readTraits } from '../../docker/engine-traits.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import type { Item } from '../items.ts';
import type { SetupMode } from '../wish.ts';
import type { Pair } from './certificates.ts';
import { daemonItem } from './item.ts';
import {
  type BuildkitFacts,
  type CertificatePlan,
  type DaemonPlan,
  planCertificates,
  planDaemon,
  serverNames,
} from './plan.ts';
import { applyScript, factsScript, place } from './script.ts';

export interface BuildkitSetup {
  readonly project: Project;
  readonly server: ServerSpec;
  readonly spec: BuildkitSpec;
  readonly mode: SetupMode;
  /** Decide and report, change nothing. */
  readonly dryRun: boolean;
}

export interface BuildkitReport {
  /** Titles of what was done, or would be. */
  readonly changed: readonly string[];
  readonly items: readonly Item[];
}

/**
 * Makes a server's own buildkitd: authority, certificates, daemon, and the files a client needs on this machine. With nothing to do it costs one round trip and a
 * handshake. Throws SETUP_FAILED.
 */
export async function setupBuildkit(context: Context, setup: BuildkitSetup): Promise<BuildkitReport> {
  const { server: declared, project, spec, mode } = setup;
  const server = await context.connect(declared.name);
  const facts = await readBuildkitFacts(server);
  const keepClient = spec.isNamed && mode !== 'always';
  const plan = planCertificates({ spec, facts, keepClient, now: new Date() });
  const registries = Object.values(project.registries);
  const traits = await readTraits(server);
  const wish = { spec, registries, facts: traits.registries };
  const known =
    plan.server === undefined && facts.authority !== undefined && facts.server !== undefined
      ? planDaemon({ ...wish, authority: facts.authority, server: facts.server })
      : undefined;
  const daemonReason =
    known === undefined ? 'its certificate is new' : known.state !== facts.container ? reasonOf(facts) : undefined;
  const titles = titlesOf(plan, facts.running ? daemonReason : (daemonReason ?? 'it does not run'));
  if (setup.dryRun || mode === 'never' || titles.length === 0) {
    const items = facts.authority === undefined ? [] : [await daemonItem(context, declared.name, spec)];
    return { changed: titles, items };
  }
  const client = await context.report.phase(`Set up buildkitd on ${declared.name}`, async (phase) => {
    for (const title of titles) phase.note(title);
    const { newAuthority, authority, pair } = await makePairs(server, declared, { spec, facts, plan });
    const cert = pair?.cert ?? facts.server ?? '';
    const daemon = known ?? planDaemon({ ...wish, authority: authority.cert, server: cert });
    if (known === undefined || daemonReason !== undefined || !facts.running)
      await apply(context, server, phase, { daemon, authority: newAuthority, pair });
    if (plan.client === undefined) return undefined;
    const { makeClient } = await import('./certificates.ts');
    const made = await makeClient(authority, context.run.who);
    context.report.mask(made.key);
    const folder = await writeClient(project, declared.name, authority.cert, made);
    for (const line of howToUse(declared.name, folder)) phase.note(line);
    return { ca: authority.cert, cert: made.cert, key: secret(made.key) };
  });
  return { changed: titles, items: [await daemonItem(context, declared.name, { ...spec, ...client })] };
}

export async function readBuildkitFacts(server: Server): Promise<BuildkitFacts> {
  const purpose = 'Looking for buildkitd';
  const { stdout } = await server.script(factsScript, { purpose, repeatable: true });
  const words = stdout.split('\n').map((line) => line.split(' '));
  const pem = (name: string) => {
    const encoded = words.find(([word]) => word === name)?.[1];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  };
  const [, container, running] = words.find(([word]) => word === 'container') ?? [];
  return { authority: pem('authority'), server: pem('server'), container, running: running === 'true' };
}

function reasonOf({ container }: BuildkitFacts): string {
  return container === undefined ? 'there is none' : 'its settings changed';
}

function titlesOf(plan: CertificatePlan, daemon: string | undefined): string[] {
  const title = (what: string, reason: string | undefined) => (reason === undefined ? [] : [`${what}: ${reason}`]);
  return [
    ...title('Make an authority for buildkitd', plan.authority),
    ...title('Make its certificate', plan.server),
    ...title('Start buildkitd', daemon),
    ...title('Make a certificate for its clients', plan.client),
  ];
}

interface Making {
  readonly spec: BuildkitSpec;
  readonly facts: BuildkitFacts;
  readonly plan: CertificatePlan;
}

/** The authority's key comes to this process, for as long as it signs. It is never written on this machine. */
async function makePairs(server: Server, declared: ServerSpec, { spec, facts, plan }: Making) {
  if (plan.server === undefined && plan.client === undefined)
    return { newAuthority: undefined, authority: { cert: facts.authority ?? '', key: '' }, pair: undefined };
  const { makeAuthority, makeServer } = await import('./certificates.ts');
  const newAuthority = plan.authority === undefined ? undefined : await makeAuthority(declared.name);
  const authority = newAuthority ?? { cert: facts.authority ?? '', key: await authorityKey(server) };
  const pair = plan.server === undefined ? undefined : await makeServer(authority, serverNames(declared, spec));
  return { newAuthority, authority, pair };
}

async function authorityKey(server: Server): Promise<string> {
  const { stdout } = await server.script(`cat "${place.folder}/${place.authorityKey}"`, {
    purpose: "Reading the authority's key",
  });
  return stdout;
}

interface Applying {
  readonly daemon: DaemonPlan;
  readonly authority: Pair | undefined;
  readonly pair: Pair | undefined;
}

async function apply(
  context: Context,
  server: Server,
  phase: Phase,
  { daemon, authority, pair }: Applying,
): Promise<void> {
  let log = '';
  const files = {
    ...Object.fromEntries(Object.entries(daemon.files).map(([name, content]) => [`daemon-${name}`, content])),
    ...(authority === undefined ? {} : { [place.authority]: authority.cert, [place.authorityKey]: authority.key }),
    ...(pair === undefined ? {} : { [place.serverKey]: pair.key }),
  };
  const { exitCode } = await server.job({
    id: `${context.run.id}-buildkitd-${daemon.state}`,
    script: applyScript(daemon, { authority: authority !== undefined, server: pair !== undefined }),
    files,
    timeout: 10 * 60_000,
    signal: context.signal,
    onOutput: (chunk) => {
      log += chunk;
      phase.output(chunk, server.name);
    },
  });
  if (exitCode === 0) return;
  const last = log.trim().split('\n').at(-1) ?? `exit status ${exitCode}`;
  throw new DrayageError('SETUP_FAILED', `${server.name}: buildkitd could not be started: ${last}`, {
    output: log,
    hint: 'Mend the cause and run setup again; what was done before stands.',
  });
}

/** For drayage.yml on this machine, which finds them there by itself. Returns the folder as a person would type it. */
async function writeClient(project: Project, name: string, ca: string, client: Pair): Promise<string> {
  const folder = join(dirname(project.file ?? 'drayage.yml'), clientFolder(name));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(dirname(folder), '.gitignore'), '*\n');
  const files = { [clientFiles.ca]: ca, [clientFiles.cert]: client.cert, [clientFiles.key]: client.key };
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content, { mode: 0o600 });
  return folder;
}

function howToUse(name: string, folder: string): string[] {
  const { ca, cert, key } = clientFiles;
  return [
    `written for clients of ${name}: ${[ca, cert, key].map((file) => join(folder, file)).join(', ')}`,
    'builds on this machine find them there; for a CI keep their contents as secrets, and name those in drayage.yml:',
    `  servers.${name}.buildkit: { ca: "\${{ secrets.BUILDKIT_CA }}", cert: "\${{ secrets.BUILDKIT_CERT }}", key: "\${{ secrets.BUILDKIT_KEY }}" }`,
  ];
}
