import type { Ran } from '../support/runner/runner.ts';

/** A drayage.yml with servers that cannot be reached. */
export const project = `project: shop
servers:
  node-1: { host: 127.0.0.1, port: 1, role: deploy, host-key: "SHA256:${'A'.repeat(43)}" }
  builder: { host: 127.0.0.1, port: 1, role: build, host-key: "SHA256:${'A'.repeat(43)}" }
registries:
  registry.example.com: { username: acme, password: "\${{ secrets.REGISTRY_TOKEN }}" }
services:
  web:
    source: { path: . }
    build: { type: dockerfile, servers: [builder] }
    image: registry.example.com/acme/web
    deploy: { servers: [node-1] }
`;

/** The key is a file that is not there, which is said at the moment it is needed, and not before. */
export const secrets = { SSH_KEY: './no-such-key', REGISTRY_TOKEN: 'reg-t0ken+/=x' };

/** A workflow of one job that checks out and does the given steps; each line is indented as a step. */
export function workflow(...steps: readonly string[]): string {
  return `on: push
permissions: { contents: read }
jobs:
${job('deploy', ...steps)}`;
}

export function job(id: string, ...steps: readonly string[]): string {
  const indented = steps.map((step) => step.trimEnd().replace(/^/gm, '        '));
  return `  ${id}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
${indented.map((step) => step.replace(/^ {8}/, '      - ')).join('\n')}
`;
}

/** What a run says that would connect to a server now. */
export const needsKey = 'names the file ***, but there is no such file';

export const errorsOf = ({ log }: Ran) => log.annotations.filter(({ kind }) => kind === 'error');
