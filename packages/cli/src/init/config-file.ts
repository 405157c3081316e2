import { parseImage } from '@drayage/core/config/image-reference';
import type { Answers, Machine } from './answers.ts';
import type { FoundService } from './services.ts';

/** Where editors find the schema of drayage.yml. */
const schema = 'https://raw.githubusercontent.com/drayage/drayage/v1/schema/drayage.schema.json';
/** Name of the one server that `init` knows of. */
const server = 'server-1';
/** The secret that the registry's password or token is given as. */
export const registrySecret = 'REGISTRY_PASSWORD';

/** drayage.yml, as a person would write it who describes the system to another one. */
export function configText(answers: Answers, machine: Machine, owner: string | undefined): string {
  const { project, registry } = answers;
  const sections = [
    `# yaml-language-server: $schema=${schema}
# What runs where. \`npx drayage validate\` checks it, \`npx drayage plan\` shows what a deployment would change.
project: ${scalar(project)}
`,
    `servers:
  # Builds the images and runs them. Pin its key here before the CI deploys: host-key: "SHA256:…"
  ${server}: ${serverText(machine)}
`,
    registry === undefined ? undefined : registryText(registry, owner ?? project),
    answers.domain === undefined ? undefined : proxyText(answers.email),
    `services:\n${answers.services.map((service) => serviceText(service, answers, owner)).join('\n')}`,
  ];
  return sections.filter((section) => section !== undefined).join('\n');
}

function serverText({ host, user, port }: Machine): string {
  const parts = [`host: ${scalar(host)}`, host === 'local' ? undefined : `user: ${scalar(user)}`];
  if (port !== undefined) parts.push(`port: ${port}`);
  return `{ ${parts.filter((part) => part !== undefined).join(', ')} }`;
}

function registryText(registry: string, owner: string): string {
  const password = `"\${{ secrets.${registrySecret} }}"`;
  const user = registry.startsWith('registry.gitlab.') ? 'gitlab-ci-token' : owner.split('/')[0];
  return `registries:
  ${scalar(registry)}: { username: ${scalar(user ?? owner)}, password: ${password} }
`;
}

function proxyText(email: string | undefined): string {
  const contact = email === undefined ? '' : `, email: ${scalar(email)}`;
  return `# Receives the requests of all domains below, and gets their certificates.
proxy: { type: caddy, servers: [${server}]${contact} }
`;
}

function serviceText(service: FoundService, answers: Answers, owner: string | undefined): string {
  const { name, source, dockerfile, port } = service;
  const isFront = name === answers.front;
  const lines = [
    `  ${name}:`,
    `    source: { path: ${scalar(source)} }`,
    ...(dockerfile === undefined
      ? ['    # By railpack, until there is a Dockerfile.', '    build: { type: auto }']
      : [`    build: { dockerfile: ${scalar(dockerfile)} }`]),
    answers.registry === undefined ? undefined : `    image: ${imageOf(answers, name, owner)}`,
    '    deploy:',
    `      servers: [${server}]`,
    ...healthLines(port, isFront ? answers.health : undefined),
    ...(isFront && answers.domain === undefined ? [`      ports: [{ published: 80, target: ${port} }]`] : []),
    ...(isFront && answers.domain !== undefined
      ? ['    domains:', `      - { host: ${scalar(answers.domain)}, port: ${port} }`]
      : []),
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}

/** Without a port nothing can be asked: then it is enough that the container runs. */
function healthLines(port: number | undefined, http: string | undefined): string[] {
  if (port === undefined) return [];
  if (http !== undefined) return [`      health: { http: ${scalar(http)}, port: ${port} }`];
  return [
    `      # Healthy as soon as the port answers. A page that knows better: { http: /healthz, port: ${port} }`,
    `      health: { tcp: ${port} }`,
  ];
}

/** `ghcr.io/acme/shop`, with the service behind it where there are several. */
function imageOf({ registry, project, services }: Answers, name: string, owner: string | undefined): string {
  const path = (owner ?? project).toLowerCase();
  const repository = path.includes('/') ? path : `${path}/${project}`;
  // GitLab keeps images below the project; elsewhere a name has two parts.
  const separator = registry?.startsWith('registry.gitlab.') === true ? '/' : '-';
  const image = `${registry}/${repository}${services.length === 1 ? '' : `${separator}${name}`}`;
  return scalar(parseImage(image) === undefined ? `${registry}/${project}/${name}` : image);
}

/** A text as YAML; in quotes where it could be read as anything else. */
function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z0-9./][A-Za-z0-9._/@-]*$/.test(text) &&
    !/^(?:[\d.]+(?:e\d+)?|0x.*|true|false|null|yes|no|on|off)$/i.test(text);
  const isAddress = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
  return isPlain || isAddress || text === '.' ? text : JSON.stringify(text);
}
