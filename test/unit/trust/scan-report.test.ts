import { describe, expect, it } from 'vitest';
import { scanArguments } from '../../../packages/core/src/trust/scan-plan.ts';
import {
  counts,
  type Finding,
  readReport,
  scanLines,
  scanSection,
  stopping,
} from '../../../packages/core/src/trust/scan-report.ts';

/** As Trivy 0.74 writes it, shortened. */
const report = {
  SchemaVersion: 2,
  ArtifactName: 'registry.example.com/acme/web@sha256:0',
  ArtifactType: 'container_image',
  Metadata: { OS: { Family: 'alpine', Name: '3.20.0' } },
  Results: [
    {
      Target: 'registry.example.com/acme/web@sha256:0 (alpine 3.20.0)',
      Class: 'os-pkgs',
      Type: 'alpine',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-2099-0004',
          PkgName: 'lab-zip',
          InstalledVersion: '1.0.0-r0',
          FixedVersion: '1.1.0-r0',
          Status: 'fixed',
          Severity: 'LOW',
        },
        {
          VulnerabilityID: 'CVE-2099-0001',
          PkgName: 'lab-tls',
          InstalledVersion: '1.0.0-r0',
          FixedVersion: '2.0.0-r0',
          Status: 'fixed',
          Severity: 'CRITICAL',
        },
      ],
    },
    {
      Target: 'package-lock.json',
      Class: 'lang-pkgs',
      Type: 'npm',
      Vulnerabilities: [
        { VulnerabilityID: 'GHSA-0', PkgName: 'left|pad', InstalledVersion: '1.0.0', Severity: 'HIGH' },
        { VulnerabilityID: 'CVE-2099-0009', PkgName: 'new', InstalledVersion: '1', Severity: 'NEVER HEARD OF' },
      ],
    },
    { Target: 'usr/bin/tool', Class: 'lang-pkgs', Type: 'gobinary' },
  ],
};

const findings = readReport(JSON.stringify(report)) ?? [];
const worst: Finding = {
  severity: 'critical',
  package: 'lab-tls',
  installed: '1.0.0-r0',
  fixed: '2.0.0-r0',
  id: 'CVE-2099-0001',
};

describe('a report of trivy', () => {
  it('is read with the worst first', () => {
    expect(findings.map(({ severity, id, fixed }) => [severity, id, fixed])).toEqual([
      ['critical', 'CVE-2099-0001', '2.0.0-r0'],
      ['high', 'GHSA-0', ''],
      ['low', 'CVE-2099-0004', '1.1.0-r0'],
      ['unknown', 'CVE-2099-0009', ''],
    ]);
    expect(counts(findings)).toBe('1 critical, 1 high, 1 low, 1 unknown');
    expect(readReport('{"SchemaVersion":2}')).toEqual([]);
    expect(counts([])).toBe('none');
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"SchemaVersion":1}',
    '{"SchemaVersion":2,"Results":{}}',
    '{"SchemaVersion":2,"Results":[1]}',
  ])('is not mistaken for a clean one: %s', (text) => expect(readReport(text)).toBeUndefined());

  it.each([
    ['critical', 1],
    ['high', 2],
    ['medium', 2],
    ['low', 3],
  ] as const)('stops at %s with what is that bad or worse', (failOn, count) => {
    expect(stopping(findings, failOn)).toHaveLength(count);
  });

  it('is a table in the log, of at most twenty rows', () => {
    expect(scanLines(findings)[1]).toBe('critical  lab-tls   1.0.0-r0   2.0.0-r0  CVE-2099-0001');
    const many = scanLines(Array.from({ length: 31 }, () => worst));
    expect(many).toHaveLength(22);
    expect(many.at(-1)).toBe('… and 11 more');
    expect(scanLines([])).toEqual([]);
  });

  it('is a table in the summary that no package name can break, and no longer than fits', () => {
    const section = scanSection('Scan of <web>', findings);
    expect(section).toContain('### Scan of &lt;web&gt;: 1 critical, 1 high, 1 low, 1 unknown');
    expect(section).toContain('| high | left\\|pad | 1.0.0 | - | GHSA-0 |');
    const huge = { ...worst, package: 'x'.repeat(10_000) };
    const many = scanSection(
      'Scan',
      Array.from({ length: 600 }, () => huge),
    );
    expect(Buffer.byteLength(many)).toBeLessThan(150_000);
    expect(many).toContain('… and 100 more');
  });
});

describe('the arguments of trivy', () => {
  it('read an image from its registry, and from nowhere else', () => {
    const image = 'registry.example.com/acme/web@sha256:0';
    const scan = {
      subject: { image },
      platform: 'linux/arm64',
      report: '/tmp/r.json',
      ca: '/tmp/ca.pem',
      insecure: false,
    };
    expect(scanArguments(scan)).toEqual([
      'image',
      '--format=json',
      '--output=/tmp/r.json',
      '--scanners=vuln',
      '--no-progress',
      '--timeout=15m',
      '--cacert=/tmp/ca.pem',
      '--image-src=remote',
      '--platform=linux/arm64',
      image,
    ]);
    expect(scanArguments({ ...scan, ca: undefined, insecure: true })).toContain('--insecure');
  });

  it('or look into an archive', () => {
    const scan = { subject: { archive: '/tmp/i.tar' }, platform: 'linux/amd64', report: '/tmp/r', insecure: true };
    expect(scanArguments(scan).slice(-2)).toEqual(['--timeout=15m', '--input=/tmp/i.tar']);
  });
});
