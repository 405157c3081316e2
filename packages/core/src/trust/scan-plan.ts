/** What one run of Trivy looks at. */
export interface Scan {
  /** `repository@sha256:…`, read from its registry; or an archive as `docker save` writes it. */
  readonly subject: { readonly image: string } | { readonly archive: string };
  /** Of an image for several platforms, the one to look at; the archive has only one. */
  readonly platform: string;
  /** File the report is written to, as JSON. */
  readonly report: string;
  /** File with the authority the registry is signed by. */
  readonly ca?: string;
  /** The registry speaks plain HTTP. */
  readonly insecure: boolean;
}

/**
 * Arguments of Trivy (0.74; trivy.dev, references/cli/trivy_image). All severities are reported: which of them stop
 * a deployment is decided here, and the report shows the rest. Nothing secret is among them.
 */
export function scanArguments({ subject, platform, report, ca, insecure }: Scan): string[] {
  return [
    'image',
    '--format=json',
    `--output=${report}`,
    '--scanners=vuln',
    '--no-progress',
    '--timeout=15m',
    ...(ca === undefined ? [] : [`--cacert=${ca}`]),
    ...('archive' in subject
      ? [`--input=${subject.archive}`]
      : // Never an image of the same name that an engine on this machine happens to have.
        ['--image-src=remote', `--platform=${platform}`, ...(insecure ? ['--insecure'] : []), subject.image]),
  ];
}

/** Trivy reports what its makers count, and looks for news of itself, where it is not told not to. */
export const scanEnvironment = { TRIVY_DISABLE_TELEMETRY: 'true', TRIVY_SKIP_VERSION_CHECK: 'true' } as const;
