/**
 * Ends the process once what was printed has left it. Whatever else still holds it open, such as a timer of a library, must
 * not turn a finished run into one that hangs.
 */
export function exit(status: number): void {
  process.exitCode = status;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
}
