import type { Explanation } from './explanation.ts';

/** Images that are scanned and signed. */
export const trust = {
  SCAN_FAILED: {
    means: 'The image could not be scanned, so it was not deployed.',
    fix: 'The message repeats what trivy said: it must reach the registry of the image, and its database of vulnerabilities.',
  },
  SCAN_FINDINGS: {
    means: 'The image has vulnerabilities as severe as `scan.fail-on` names, or worse. The old version serves on.',
    fix: 'Build on a newer base image or update the packages. What you accept stands in `.trivyignore`, by its id.',
  },
  SIGN_FAILED: {
    means: 'The image was pushed, but could not be signed, so it was not deployed.',
    fix: 'The message repeats what cosign said. Check `sign.key` and `sign.password`; for `keyless`, that the job may ask for an identity token.',
  },
  SIGNATURE_INVALID: {
    means: 'The image is not signed by the key or identity that `sign` names. The old version serves on.',
    fix: 'If the key is right, somebody else has pushed this image: find out who, before anything else.',
  },
  SIGNATURE_UNCHECKED: {
    means: 'The signature of the image could not be checked, so it was not deployed.',
    fix: 'The message repeats what cosign said: it must reach the registry of the image and, with `transparency-log`, Sigstore.',
  },
} as const satisfies Record<string, Explanation>;
