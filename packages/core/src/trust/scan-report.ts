import type { ScanSpec } from '../config/model.ts';
import { details, escapeMarkdown, table } from '../report/markdown.ts';

/** From the worst. */
export const severities = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
export type Severity = (typeof severities)[number];

/** A vulnerability of a package in the image. */
export interface Finding {
  readonly severity: Severity;
  readonly package: string;
  readonly installed: string;
  /** Versions that do not have it, comma-separated; empty where there is none yet. */
  readonly fixed: string;
  /** CVE-…, GHSA-… */
  readonly id: string;
}

/**
 * What Trivy found (its JSON report, SchemaVersion 2: Results[].Vulnerabilities[]), the worst first. undefined for text that is no such
 * report: an image must not pass because its report could not be read.
 */
export function readReport(text: string): readonly Finding[] | undefined {
  const report = parsed(text);
  if (!isDict(report) || report.SchemaVersion !== 2 || !isList(report.Results ?? [])) return undefined;
  const found: Finding[] = [];
  for (const result of (report.Results ?? []) as unknown[]) {
    const vulnerabilities = isDict(result) ? (result.Vulnerabilities ?? []) : undefined;
    if (!isList(vulnerabilities)) return undefined;
    for (const one of vulnerabilities) {
      if (!isDict(one)) return undefined;
      const severity = severities.find((name) => name === textOf(one.Severity).toLowerCase()) ?? 'unknown';
      found.push({
        severity,
        package: textOf(one.PkgName),
        installed: textOf(one.InstalledVersion),
        fixed: textOf(one.FixedVersion),
        id: textOf(one.VulnerabilityID),
      });
    }
  }
  return found.sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      a.package.localeCompare(b.package) ||
      a.id.localeCompare(b.id),
  );
}

/** Those that stop a deployment: of the named severity, and worse. */
export function stopping(findings: readonly Finding[], failOn: ScanSpec['failOn']): readonly Finding[] {
  return findings.filter(({ severity }) => severities.indexOf(severity) <= severities.indexOf(failOn));
}

/** "2 critical, 1 high", or "none". */
export function counts(findings: readonly Finding[], joint = ', '): string {
  const parts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return parts.length === 0 ? 'none' : parts.join(joint);
}

const head = ['severity', 'package', 'installed', 'fixed in', 'id'] as const;
const shownLines = 20;
const shownRows = 500;
const widest = 60;

/** A table for the log: at most twenty rows, and how many more there are. */
export function scanLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const rows = [[...head], ...findings.slice(0, shownLines).map(cells)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const more = findings.length - shownLines;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

/** The same for the job summary, with all that fits. */
export function scanSection(title: string, findings: readonly Finding[]): string {
  const heading = `### ${escapeMarkdown(title)}: ${counts(findings)}`;
  if (findings.length === 0) return heading;
  const rows = findings.slice(0, shownRows).map((finding) => cells(finding).map(escapeMarkdown));
  const more = findings.length - shownRows;
  const rest = more > 0 ? `\n\n… and ${more} more` : '';
  return `${heading}\n\n${details(`${findings.length} vulnerabilities`, `${table([...head], rows)}${rest}`)}`;
}

function cells({ severity, package: name, installed, fixed, id }: Finding): string[] {
  return [severity, name, installed, fixed === '' ? '-' : fixed, id].map((cell) =>
    cell.length > widest ? `${cell.slice(0, widest - 1)}…` : cell,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[\p{Cc}\s]+/gu, ' ') : '';
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
