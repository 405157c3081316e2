import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Acme } from '../lab/acme.ts';
import type { Host } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { configFile, type Mode } from './config-file.ts';
import { type CliResult, runCli } from './drayage.ts';
import type { GitServer } from './git-server.ts';
import { createRepository, type Repository } from './repository.ts';
import type { Screen } from './screen.ts';

export const domain = 'shop.example.com';

/** What one act is played on: bare servers, everything around them, and a developer's checkout. */
export interface Stage {
  readonly mode: Mode;
  readonly screen: Screen;
  readonly builder: Host;
  readonly nodes: readonly Host[];
  /** The node whose proxy the domain's address points to. */
  readonly entrance: Host;
  readonly acme: Acme;
  readonly repository: Repository;
  /** Text of drayage.yml. */
  readonly config: string;
  /** Runs the bundled command line in the developer's folder, its output on the screen. */
  drayage(...args: string[]): Promise<CliResult>;
}

export interface Surroundings {
  readonly lab: Lab;
  readonly registry: Registry;
  readonly acme: Acme;
  readonly git: GitServer;
  readonly token: string;
  /** Scratch folder of the whole demonstration. */
  readonly scratch: string;
}

/** Starts the bare servers of one act and writes what its developer has on disk. */
export async function setStage(mode: Mode, around: Surroundings, screen: Screen): Promise<Stage> {
  const { lab, registry, acme, git, token, scratch } = around;
  const names = mode === 'swarm' ? ['node-1', 'node-2'] : ['node-1'];
  const start = (name: string): Promise<Host> => lab.host(`${mode}-${name}`);
  const [builder, ...nodes] = await Promise.all([start('builder'), ...names.map(start)]);
  const entrance = nodes[0];
  if (builder === undefined || entrance === undefined) throw new Error('The lab started no servers.');
  await acme.setAddress(domain, entrance.address);

  const folder = join(scratch, mode);
  const repository = await createRepository(folder, git.create(`shop-${mode}`), token);
  mkdirSync(join(folder, 'certificates'), { recursive: true });
  copyFileSync(acme.caPath, join(folder, 'certificates', 'acme.pem'));
  copyFileSync(registry.caPath ?? '', join(folder, 'certificates', 'registry.pem'));
  const config = configFile({
    mode,
    builder,
    nodes,
    registry: { host: registry.host, username: registry.username, caFile: 'certificates/registry.pem' },
    acme: { directory: acme.directory, caFile: 'certificates/acme.pem' },
    repository: git.url(`shop-${mode}`),
    domain,
  });
  writeFileSync(join(folder, 'drayage.yml'), config);
  const env = {
    DRAYAGE_SSH_KEY: builder.privateKey,
    DRAYAGE_SECRET_REGISTRY_PASSWORD: registry.password,
    DRAYAGE_SECRET_GIT_TOKEN: token,
  };
  return {
    mode,
    screen,
    builder,
    nodes,
    entrance,
    acme,
    repository,
    config,
    drayage: async (...args) => {
      screen.say(`$ drayage ${args.join(' ')}`);
      const result = await runCli(args, { cwd: folder, env, onLine: screen.output });
      screen.say(`exit status ${result.code ?? result.signal}, ${(result.duration / 1000).toFixed(1)} s`);
      return result;
    },
  };
}

/** Ids of the containers that run on the nodes and belong to the application. */
export async function runningContainers(stage: Stage): Promise<string[]> {
  const filter = '--filter label=dev.drayage.service=web';
  const lists = await Promise.all(stage.nodes.map((node) => node.exec(`docker ps --quiet --no-trunc ${filter}`)));
  return lists.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean)).sort();
}
