import type { Explanation } from './explanation.ts';

/** Setup, proxy and domains. */
export const domains = {
  CERTIFICATE_INVALID: {
    means:
      'A certificate or key given in drayage.yml cannot serve the domain: they do not belong together, do not name it, or have expired.',
    fix: 'Give the full chain, leaf first, as `cert` and its private key as `key`, both PEM.',
    exit: 64,
  },
  CERTIFICATE_NOT_ISSUED: {
    means: 'The certificate authority did not issue a certificate for the domain. The proxy keeps trying by itself.',
    fix: 'Read the reason in the message. Most often the DNS records (A and AAAA) do not point to the node, or port 80 is closed.',
  },
  DOMAIN_IMPOSSIBLE: {
    means: 'The domain cannot be served in the way that was asked for; nothing was changed.',
    fix: 'Change the keys that the message names.',
    exit: 64,
  },
  DOMAIN_NOT_ANSWERING: {
    means: 'The domain is configured, but a request to it was not answered as it should be.',
    fix: 'Read the reason in the message, then look at the service with `drayage logs` and `drayage status`.',
  },
  DOMAIN_TAKEN: {
    means: 'Another service on this node already answers for the same host and path.',
    fix: 'Choose another host or path, or remove the domain from the service that the message names.',
  },
  PROXY_NOT_RUNNING: {
    means: 'The proxy of the node does not run, so no domain can be served.',
    fix: 'Run `drayage setup-deploy-node`, then try again.',
  },
  PROXY_PORT_TAKEN: {
    means: 'Another program listens on port 80 or 443 of the node, so the proxy cannot start.',
    fix: 'Stop that program, or use it as the proxy with `proxy: { type: external }`.',
  },
  PROXY_REFUSED: {
    means: 'The proxy refused the new configuration. The old one is still in force, on disk and in memory.',
    fix: 'Read the words of the proxy in the message.',
  },
  SERVER_UNSUPPORTED: {
    means: 'Drayage does not know how to install Docker on this system.',
    fix: 'Install Docker 25 or newer with buildx by hand; everything else works on any Linux.',
  },
  SETUP_FAILED: {
    means:
      'A step of setting up the server failed. What was done before stands; running setup again goes on from there.',
    fix: 'Read the output of the step, mend the cause, then run setup again.',
  },
  SETUP_INCOMPLETE: {
    means: 'The server lacks something that is needed, or what is there does not work when it is used.',
    fix: 'Follow the cure beside each item, or run `drayage setup-build-server` or `drayage setup-deploy-node`.',
  },
  SETUP_NO_PRIVILEGE: {
    means: 'The account may neither act as root nor use sudo without a password, and something has to be installed.',
    fix: 'Use root, or allow the account `sudo` without a password.',
  },
  SWARM_FAILED: {
    means: 'The server could not be made part of the Swarm.',
    fix: 'Open the ports 2377/tcp, 7946/tcp, 7946/udp and 4789/udp between the servers, then run setup again.',
  },
} as const satisfies Record<string, Explanation>;
