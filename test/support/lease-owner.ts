import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect } from '../../packages/core/src/transport/connect.ts';
import { acquireAll } from '../../packages/core/src/transport/lease.ts';
import type { Target } from '../../packages/core/src/transport/target.ts';

/**
 * A run in a process of its own, so that a test can stop it: takes a lock, prints `held`, and runs each line of its input
 * as a guarded script, printing the output or the code of the error.
 */
const { target, name, life } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  target: Target;
  name: string;
  life: number;
};
const report = { note: () => undefined, warn: () => undefined };
const server = await connect(target, { report });
const lease = await acquireAll(
  [server],
  name,
  { id: 'first', who: 'the first run', url: 'https://ci.example/1' },
  { life },
);
console.log('held');
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const { stdout } = await lease.script(server, line);
    console.log(`done ${stdout.trim()}`);
  } catch (error) {
    console.log(error instanceof Error && 'code' in error ? `${error.code} ${error.message}` : String(error));
  }
}
await lease.release();
await server[Symbol.asyncDispose]();
