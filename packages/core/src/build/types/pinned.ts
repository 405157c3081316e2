/** What is used where drayage.yml names nothing else. Another of these may give another image. */
export const pinned = {
  /** Image in which the build step of static runs. */
  toolchain: 'node:24-bookworm-slim',
  /** Web server of static: files only, so a release of nginx with what it has built in. */
  webServer: 'nginx:1.27-alpine',
  /** Ubuntu 24.04: Heroku publishes builders by stack, not by release. */
  herokuStack: '24',
  /** Release of builder-jammy-base: Java, Node.js, Go, .NET, Python and Ruby. */
  paketoRelease: '0.4.563',
} as const;
