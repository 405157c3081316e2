#!/usr/bin/env node
import { version } from './version.ts';

// Only what every start needs is loaded here: asking for the version must not cost the reading of a configuration.
const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v' || argv[0] === 'version')) {
  process.stdout.write(`${version}\n`);
} else {
  import('./dispatch.ts').then(({ dispatch }) => dispatch(argv)).catch(fail);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
