#!/usr/bin/env node
import { environment } from '@drayage/core/host/environment';
import { failUnlessSaid } from './exit.ts';
import { version } from './version.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isTooOld = major < 20 || (major === 20 && minor < 18);

// Only what every start needs is loaded here: asking for the version must not cost the reading of a configuration.
const argv = process.argv.slice(2);
if (isTooOld) {
  const sentence = `Drayage needs Node.js 20.18 or newer; this is ${process.versions.node} (${process.execPath}).`;
  if (environment().GITHUB_ACTIONS !== 'true') process.stderr.write(`${sentence}\n`);
  else process.stdout.write(`::error title=drayage::${sentence} Add actions/setup-node before this step.\n`);
  process.exitCode = 1;
} else if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v' || argv[0] === 'version')) {
  process.stdout.write(`${version}\n`);
} else {
  failUnlessSaid();
  import('./dispatch.ts').then(({ dispatch }) => dispatch(argv)).catch(fail);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
