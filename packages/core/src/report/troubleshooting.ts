import { errorCodes, explain } from '../errors/codes.ts';

/** TROUBLESHOOTING.md: one heading per error code. */
export function troubleshooting(): string {
  const sections = errorCodes.map((code) => {
    const { means, fix } = explain(code);
    return `## ${code}\n\n${means}\n\n**What to do.** ${fix}\n`;
  });
  return `# Troubleshooting

Every error of Drayage ends with a code. Here is what each means, and what to do. \`drayage help <code>\` prints the same.

${sections.join('\n')}`;
}
