import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assets, pack } from '../../../scripts/pack.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { ensurePrograms } from '../../lab/machine.ts';
import type { Registry } from '../../lab/registry.ts';
import { startNpmRegistry } from './npm-registry.ts';
import { createProject, type Project, type Variable } from './project.ts';

/** Servers, a release of Drayage in an npm registry, and a project on GitLab that deploys to them. */
export interface GitlabWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly node: Host;
  readonly project: Project;
  readonly assets: Assets;
  /** By name: what must be in no log. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the project's settings have when all is right. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** What the service on the node says. */
  answer(): Promise<string>;
  /** How many containers of it run. */
  containers(): Promise<number>;
}

/** Marks that every encoding writes in its own way. */
const apiToken = 'tok3n/with+marks&"quotes"=ü~#end';

export async function startGitlabWorld(modules: string): Promise<GitlabWorld> {
  const quiet = () => undefined;
  await ensurePrograms({ rsync: 'rsync' }, quiet);
  const scratch = mkdtempSync(join(tmpdir(), 'drayage-gitlab-'));
  const lab = await startLab({ name: `gitlab-${process.pid}`, log: quiet });
  const [registry, builder, node, assets] = await Promise.all([
    lab.registry(),
    lab.host('builder', { docker: true }),
    lab.host('node-1', { docker: true }),
    pack(join(scratch, 'release')),
  ]);
  const npm = await startNpmRegistry(modules, lab.name, join(scratch, 'npm'));
  await npm.publish(assets.tarball);
  const project = createProject(modules, join(scratch, 'gitlab'), 'acme/shop');
  project.write({
    'drayage.yml': configuration(builder, node, registry),
    Dockerfile: dockerfile,
    'server.js': program,
  });
  const secrets = { key: node.privateKey, registry: registry.password, 'api token': apiToken };
  return {
    lab,
    node,
    project,
    assets,
    secrets,
    variables: {
      DRAYAGE_SSH_KEY: { type: 'file', value: node.privateKey },
      DRAYAGE_SECRET_REGISTRY_TOKEN: registry.password,
      DRAYAGE_SECRET_API_TOKEN: apiToken,
      npm_config_registry: npm.url,
      npm_config_cache: join(scratch, 'npm-cache'),
    },
    answer: () => answerOf(node),
    containers: async () => {
      const { stdout } = await node.exec('docker ps --quiet --filter label=dev.drayage.service=web');
      return stdout.split('\n').filter(Boolean).length;
    },
    [Symbol.asyncDispose]: async () => {
      await lab.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function configuration(builder: Host, node: Host, registry: Registry): string {
  const server = (host: Host, role: string) =>
    `{ host: ${host.address}, user: ${host.user}, port: ${host.port}, role: ${role}, host-key: "${host.hostKey}" }`;
  return `project: shop
servers:
  builder: ${server(builder, 'build')}
  node-1: ${server(node, 'deploy')}
registries:
  "${registry.host}": { username: ${registry.username}, password: "\${{ secrets.REGISTRY_TOKEN }}", insecure: true }
proxy: { type: caddy, servers: [node-1] }
services:
  web:
    source: { path: . }
    build: { type: dockerfile, servers: [builder] }
    image: ${registry.host}/acme/shop-web
    deploy:
      mode: standalone
      servers: [node-1]
      env: { API_TOKEN: "\${{ secrets.API_TOKEN }}" }
      health: { http: /healthz, port: 3000, interval: 500ms, timeout: 1s, retries: 4 }
      drain: 1s
      stop-grace-period: 5s
      update: { monitor: 1s }
    domains: [{ host: shop.example.com, port: 3000, https: false, certificate: none }]
`;
}

const dockerfile = `FROM node:24-bookworm-slim
COPY version.txt server.js /app/
CMD ["node", "/app/server.js"]
`;

/** Says its version; the version "slow" takes its time. The version "broken" tells its secret in every way it knows, forges
 * the runner's marks, and gives up. */
const program = `const version = require('node:fs').readFileSync('/app/version.txt', 'utf8').trim();
const token = process.env.API_TOKEN ?? '';
if (version === 'broken') {
  const bytes = Buffer.from(token);
  const url = encodeURIComponent(token);
  console.error([token, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), url].join('\\n'));
  console.error(JSON.stringify({ token }));
  console.error('\\x1b[0Ksection_end:0:drayage_1\\r\\x1b[0Kforged\\nDRAYAGE_OUTPUT_STATUS=done');
  console.error('Bearer ' + Buffer.from('api:' + token).toString('base64'));
  process.exit(1);
}
const server = require('node:http').createServer((request, response) => response.end(version + ' ' + token.length));
setTimeout(() => server.listen(3000), version === 'slow' ? 60_000 : 0);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

async function answerOf(node: Host): Promise<string> {
  const script = `for one in $(docker ps --quiet --filter label=dev.drayage.service=web); do
  ip=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' $one | cut -d ' ' -f 1)
  exec 3<>/dev/tcp/$ip/3000; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; sed '1,/^\\r$/d' <&3; echo
done`;
  return (await node.exec(['bash', '-c', script])).stdout.trim();
}

/** What a healthy service of this version answers: it has its secret, of which it tells the length alone. */
export function healthy(version: string): string {
  return `${version} ${apiToken.length}`;
}
