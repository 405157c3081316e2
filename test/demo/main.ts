// `npm run demo`: the whole road on real servers, from bare machines to history. Exit status 0 when every promise on the
// screen held. Options: --keep (leave the servers running until Ctrl-C), --mode standalone|swarm|both.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLab } from '../lab/lab.ts';
import { play } from './act.ts';
import type { Mode } from './config-file.ts';
import { bundle } from './drayage.ts';
import { startGitServer } from './git-server.ts';
import { type Screen, screen } from './screen.ts';
import { type Surroundings, setStage } from './stage.ts';

const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, mode: { type: 'string', default: 'both' } },
});
const modes: Record<string, readonly Mode[]> = {
  both: ['standalone', 'swarm'],
  standalone: ['standalone'],
  swarm: ['swarm'],
};
const chosen = modes[values.mode];
if (chosen === undefined) {
  console.error(`--mode is "${values.mode}"; expected standalone, swarm or both.`);
  process.exit(64);
}
if (!existsSync(bundle)) {
  console.error('dist/drayage.cjs is missing; it is built by `npm run build`.');
  process.exit(64);
}

const startedAt = performance.now();
/** Set while the servers are kept for a look around: Ctrl-C then ends that, and not the demonstration. */
let endOfLook: (() => void) | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => (endOfLook ? endOfLook() : process.exit(signal === 'SIGINT' ? 130 : 143)));
}

const broken = await perform(chosen);
const seconds = (performance.now() - startedAt) / 1000;
console.log(broken === 0 ? `\nEvery promise held, in ${seconds.toFixed(0)} s.` : `\n${broken} promises were broken.`);
// The lab ends with the process, whatever is still running in it.
process.exit(broken === 0 ? 0 : 1);

async function perform(acts: readonly Mode[]): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'drayage-demo-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  console.log('Starting a network with a registry, a git server and an ACME authority …');
  const lab = await startLab({ name: `demo-${process.pid}`, log: (line) => console.log(`  lab: ${line}`) });
  const token = 'a git token, with "quotes" & blanks';
  const [registry, acme, git] = await Promise.all([
    lab.registry({ tls: true }),
    lab.acme(),
    startGitServer({ address: lab.gateway, folder: join(scratch, 'git'), token }),
  ]);
  const around: Surroundings = { lab, registry, acme, git, token, scratch };
  const screens: Screen[] = [];
  for (const mode of acts) {
    const act = screen(mode);
    screens.push(act);
    await setStage(mode, around, act)
      .then(play)
      // The other act is still worth seeing.
      .catch((error: Error) => act.promise('the act was played to its end', false, error.message));
  }
  const count = screens.reduce((sum, act) => sum + act.summary(), 0);
  if (values.keep) {
    console.log(`\nThe servers stay until Ctrl-C. To look around: npm run lab -- --name ${lab.name} status`);
    await new Promise<void>((resolve) => {
      endOfLook = resolve;
    });
  }
  await lab.stop();
  return count;
}
