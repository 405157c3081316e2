import { writeSync } from 'node:fs';

/**
 * A process that ends by itself, because nothing keeps it alive, has not done what it was started for: what that is says
 * `exit` alone. Such an end is a failure, and said.
 */
export function failUnlessSaid(): void {
  process.once('exit', () => {
    if (process.exitCode !== undefined) return;
    process.exitCode = 1;
    writeSync(2, 'INTERNAL_BUG · Drayage ended before its work had. Whether the last step took effect is not known.\n');
  });
}

/**
 * Ends the process once what was printed has left it. Whatever else still holds it open, such as a timer of a library, must
 * not turn a finished run into one that hangs.
 */
export function exit(status: number): void {
  process.exitCode = status;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
}
