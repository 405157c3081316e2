import { DrayageError } from '../errors/drayage-error.ts';
import { proxyContainer } from '../proxy/container.ts';
import { startProxyScript } from '../proxy/start.ts';
import { quote } from '../transport/shell.ts';
import { aptFunctions, buildxPackage, distributionDocker } from './apt.ts';
import { mergeDaemonConfig } from './daemon-config.ts';
import { applyDaemonConfig, engineFunctions } from './engine-script.ts';
import type { ServerFacts } from './facts.ts';
import { officialDocker } from './official-docker.ts';
import { isTooOld, minimumApi } from './requirements.ts';
import type { SetupMode, Wish } from './wish.ts';

/** One change, and why it is made. */
export interface Step {
  readonly title: string;
  readonly why: string;
  /** An account of the docker group cannot take it. */
  readonly needsRoot: boolean;
  /** POSIX sh, run with `set -eu` in a shell of its own; may use the shared functions. */
  readonly script: string;
}

export interface SetupPlan {
  readonly steps: readonly Step[];
  /** What would be changed as well, but not while Docker is in use. */
  readonly advice: readonly string[];
}

/** Functions all steps share. */
export const sharedFunctions = `${aptFunctions}${engineFunctions}`;

interface Situation {
  readonly facts: ServerFacts;
  readonly wish: Wish;
  readonly mode: SetupMode;
  readonly server: string;
  readonly stateDir: string;
  /** Whether the account may act as root; one of the docker group may not. */
  readonly mayBeRoot: boolean;
}

/**
 * Decides what has to be done on one server. Pure. Throws SERVER_UNSUPPORTED, PROXY_PORT_TAKEN or SETUP_INCOMPLETE
 * where setup cannot do it.
 */
export function planSetup(situation: Situation): SetupPlan {
  const advice: string[] = [];
  const steps = [
    ...folderSteps(situation),
    ...engineConfigSteps(situation, advice),
    ...dockerSteps(situation),
    ...packageSteps(situation),
    ...proxySteps(situation, advice),
  ];
  return { steps, advice };
}

function folderSteps({ facts, stateDir }: Situation): Step[] {
  if (facts.stateFolder && (facts.runFolderKept || !facts.systemd)) return [];
  const tmpfiles = `printf 'd /run/drayage 0711 root root -\\nd /run/drayage/0 0700 root root -\\n' >/etc/tmpfiles.d/drayage.conf`;
  const script = `mkdir -p ${quote(stateDir)}\n${facts.systemd ? `[ "$(id -u)" != 0 ] || ${tmpfiles}\n` : ''}`;
  return [
    { title: 'Make the folders for state', why: `${stateDir} keeps what outlives a run`, needsRoot: false, script },
  ];
}

/** Before Docker is installed, so that its first start already has it. */
function engineConfigSteps({ facts, wish, mode, server, mayBeRoot }: Situation, advice: string[]): Step[] {
  const steps: Step[] = [];
  const swarm = wish.swarm || (facts.docker?.swarm.state ?? 'inactive') !== 'inactive';
  const change = mergeDaemonConfig(facts.daemonJson, { ...wish.daemon, swarm });
  if (typeof change === 'string')
    throw new DrayageError('SETUP_INCOMPLETE', `${server}: ${change}.`, {
      hint: 'Mend the file by hand, then run setup again.',
    });
  const running = facts.docker?.engine !== undefined;
  if (change !== undefined && running && !change.required && (mode === 'auto' || !mayBeRoot)) {
    advice.push(`${change.what.join('; ')}${change.reloadable ? '' : ' (restarts Docker)'}`);
  } else if (change !== undefined) {
    // A running engine is never restarted by `auto`: it takes what it can take, the rest comes with its next start.
    const signal = change.reloadable || mode === 'auto' ? 'reload' : 'restart';
    steps.push({
      title: 'Configure Docker',
      why: change.what.join('; '),
      needsRoot: true,
      script: applyDaemonConfig(change.text, running ? signal : 'none'),
    });
  }
  for (const { registry, pem, sha256 } of wish.authorities) {
    if (facts.authorities[registry] === sha256) continue;
    const file = quote(`/etc/docker/certs.d/${registry}/ca.crt`);
    const script = `mkdir -p "$(dirname ${file})"\ncat >${file} <<'END_OF_PEM'\n${pem.trimEnd()}\nEND_OF_PEM\n`;
    steps.push({
      title: `Store the authority of ${registry}`,
      why: 'its certificate is signed by it',
      needsRoot: true,
      script,
    });
  }
  return steps;
}

function dockerSteps({ facts, wish, server }: Situation): Step[] {
  const { docker } = facts;
  if (docker?.origin === 'snap') {
    throw new DrayageError(
      'SERVER_UNSUPPORTED',
      `${server} has Docker from snap, which cannot read files outside its own folders.`,
      {
        hint: 'Remove it (snap remove docker), then run setup again.',
      },
    );
  }
  if (docker === undefined) {
    requireApt(facts, server);
    const official = wish.dockerSource === 'official';
    const script = `${official ? officialDocker(facts.os) : distributionDocker}start_docker\n`;
    return [{ title: 'Install Docker', why: `there is none (source: ${wish.dockerSource})`, needsRoot: true, script }];
  }
  const steps: Step[] = [];
  if (docker.buildx === undefined) {
    requireApt(facts, server);
    const script = `apt_update\napt_install ${buildxPackage(docker.origin)}\n`;
    steps.push({ title: 'Install buildx', why: 'images are built with it', needsRoot: true, script });
  }
  if (docker.engine === undefined) {
    steps.push({
      title: 'Start Docker',
      why: docker.error || 'it does not answer',
      needsRoot: true,
      script: 'start_docker\n',
    });
  } else if (isTooOld(docker.engine.api)) {
    throw new DrayageError(
      'SETUP_INCOMPLETE',
      `${server} runs Docker ${docker.engine.version} (API ${docker.engine.api}); API ${minimumApi} or newer is needed.`,
      { hint: 'Upgrade Docker to 25 or newer; a running engine is never upgraded without being asked.' },
    );
  }
  return steps;
}

function packageSteps({ facts, wish, server }: Situation): Step[] {
  const missing = [
    ...(wish.builds && !facts.tools.has('git') ? ['git'] : []),
    ...(wish.lfs && !facts.tools.has('git-lfs') ? ['git-lfs'] : []),
    ...(facts.needsAppArmor ? ['apparmor'] : []),
    ...(facts.tools.has('flock') ? [] : ['util-linux']),
  ];
  if (missing.length === 0) return [];
  requireApt(facts, server);
  const script = `apt_update\napt_install ${missing.join(' ')} ca-certificates\n`;
  return [
    { title: `Install ${missing.join(', ')}`, why: 'needed for builds, locks or containers', needsRoot: true, script },
  ];
}

function proxySteps({ facts, wish, mode, server, stateDir }: Situation, advice: string[]): Step[] {
  const spec = wish.proxy;
  if (spec === undefined) return [];
  if (facts.proxy !== undefined && facts.proxy.kind === undefined) {
    throw new DrayageError(
      'SETUP_INCOMPLETE',
      `${server} has a container named ${proxyContainer} that is not Drayage's.`,
      {
        hint: `Rename or remove it: docker rename ${proxyContainer} old-proxy`,
      },
    );
  }
  const taken = facts.proxy?.running ? [] : Object.entries(facts.listeners);
  if (taken.length > 0) {
    const who = taken.map(([port, program]) => `port ${port} is used by ${program || 'another program'}`).join(', ');
    throw new DrayageError('PROXY_PORT_TAKEN', `${server}: ${who}, but the proxy needs 80 and 443.`, {
      hint: 'Stop it, or set proxy.type to external to keep it.',
    });
  }
  const script = startProxyScript(spec, stateDir);
  if (facts.proxy === undefined)
    return [{ title: `Start the proxy (${spec.image})`, why: 'domains are served by it', needsRoot: false, script }];
  if (facts.proxy.spec !== spec.hash) {
    if (mode !== 'always') {
      advice.push(
        `make the proxy again with other settings (${spec.image}; its domains do not answer for some seconds)`,
      );
      if (facts.proxy.running) return [];
    }
    return [{ title: `Make the proxy again (${spec.image})`, why: 'its settings changed', needsRoot: false, script }];
  }
  return facts.proxy.running ? [] : [{ title: 'Start the proxy', why: 'it does not run', needsRoot: false, script }];
}

function requireApt(facts: ServerFacts, server: string): void {
  if (facts.tools.has('apt-get') && ['debian', 'ubuntu'].includes(facts.os.id)) return;
  throw new DrayageError(
    'SERVER_UNSUPPORTED',
    `${server} runs ${facts.os.name || 'an unknown system'}; packages are installed on Debian and Ubuntu only.`,
    { hint: 'Install Docker 25 or newer, docker-buildx and git by hand, then run setup again.' },
  );
}
