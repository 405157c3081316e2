import type { Explanation } from './explanation.ts';

/** A buildkitd that is reached over mutual TLS. */
export const builders = {
  BUILDER_UNREACHABLE: {
    means: 'Nothing answered at the address of the buildkitd, or nothing that speaks TLS.',
    fix: 'Check `servers.<name>.buildkit.address`, that the container `drayage-buildkitd` runs there, and that the firewall lets this machine reach the port.',
  },
  BUILDER_LOST: {
    means:
      'The connection to the buildkitd broke while it built. It ends a build whose client is gone; the build was begun anew as often as that seemed to help. No tag was given to anything.',
    fix: 'Run again when it answers: steps that were done come out of its cache. If it ends by itself during the build, `docker logs drayage-buildkitd` there says why (mostly a lack of memory).',
  },
  BUILDER_CERTIFICATE_EXPIRED: {
    means: 'The certificate of the buildkitd, or the one this run shows to it, is not valid at this time.',
    fix: 'Run `drayage setup-build-server --servers <name>`, which renews certificates, and update the secrets of the CI with the new files. Check the clocks too.',
  },
  BUILDER_CERTIFICATE_UNTRUSTED: {
    means:
      'The certificate of the buildkitd was not signed by the authority in `buildkit.ca`: it is another server, or its authority was made anew.',
    fix: 'Use the `ca.pem` that `drayage setup-build-server` wrote for this server.',
  },
  BUILDER_CERTIFICATE_NAME: {
    means: 'The certificate of the buildkitd is for another name or address than the one in `buildkit.address`.',
    fix: 'Write the name the certificate has, or run `drayage setup-build-server`, which makes one for this address.',
  },
  BUILDER_CLIENT_REFUSED: {
    means: 'The buildkitd did not accept the certificate of this run, or was shown none.',
    fix: 'Use the `cert.pem` and `key.pem` that `drayage setup-build-server` wrote for this server: both are of one pair, and signed by its authority.',
  },
} as const satisfies Record<string, Explanation>;
