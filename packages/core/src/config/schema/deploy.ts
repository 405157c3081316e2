import * as z from 'zod';
import { fileNameKeys, mapOf, oneOf, variableKeys } from './collections.ts';
import { healthSchema } from './health.ts';
import { mountSchema } from './mount.ts';
import { choice, decimal, duration, integer, line, port, size, text } from './pieces.ts';
import { rollbackSchema, updateSchema } from './update.ts';

const cpus = () => decimal(0.001, 4096, 'a number of CPUs such as 0.5 or 2');

const resources = z.strictObject({
  cpus: cpus().describe('Most CPUs it may use.').optional(),
  memory: size(6 * 1024 * 1024)
    .describe('Most memory it may use; beyond it the kernel ends it.')
    .optional(),
  'reserve-cpus': cpus().describe('CPUs kept free for it when it is placed (Swarm).').optional(),
  'reserve-memory': size().describe('Memory kept free for it.').optional(),
});

const publishedPort = z.lazy(() =>
  z.strictObject({
    published: port().describe('Port on the server.'),
    target: port().describe('Port inside the container.'),
    mode: choice('host', 'ingress')
      .describe("host: on the servers it runs on; ingress: on all nodes, by Swarm's mesh.")
      .prefault('host'),
    protocol: choice('tcp', 'udp').describe('Protocol.').prefault('tcp'),
  }),
);

/** Whoever comes from Docker writes a text. */
const mapOfPort = oneOf({ map: publishedPort }, (value) => {
  if (typeof value === 'object' && value !== null) return 'map';
  const [, published = '8080', target = '80'] = /^(?:.*:)?(\d+):(\d+)/.exec(String(value)) ?? [];
  return {
    expected: 'a map with published and target',
    hint: `Write { published: ${published}, target: ${target} }.`,
  };
});

const restart = z.strictObject({
  condition: choice('any', 'on-failure', 'none').describe('When a stopped container starts again.').prefault('any'),
  delay: duration().describe('Pause before it starts again.').optional(),
  'max-attempts': integer(0, 10_000).describe('How often at most.').optional(),
  window: duration().describe('Time after which a start counts as successful.').optional(),
});

const placement = z.strictObject({
  constraints: z
    .array(line('a constraint such as node.labels.disk==ssd'))
    .describe('Which nodes may run it (Swarm).')
    .prefault([]),
  preferences: z
    .array(line('a node label such as node.labels.zone'))
    .describe('Labels to spread over (Swarm).')
    .prefault([]),
  'max-replicas': integer(1, 10_000).describe('Most replicas on one node (Swarm).').optional(),
});

const limit = () => integer(0, 2 ** 31 - 1);
const limits = z.lazy(() =>
  z.strictObject({ soft: limit().describe('Soft limit.'), hard: limit().describe('Hard limit.') }),
);
const ulimit = oneOf({ one: limit(), both: limits }, (value) => (typeof value === 'object' ? 'both' : 'one'));

const words = oneOf({ text: line('a command'), list: z.array(text()) }, (value) =>
  Array.isArray(value) ? 'list' : 'text',
);

const hooks = z.lazy(() =>
  z.strictObject({
    'pre-deploy': line('a command').describe('Runs once in the new image before anything switches.').optional(),
    'post-deploy': line('a command').describe('Runs once in the new image before success.').optional(),
    timeout: duration(1000).describe('Time a hook may take.').prefault('5m'),
    'on-failure': choice('rollback', 'continue').describe('What a failing post-deploy does.').prefault('rollback'),
  }),
);

const canary = z.lazy(() =>
  z.strictObject({
    servers: integer(1, 1000).describe('How many servers go first.').prefault(1),
    wait: duration().describe('Time they are watched.').prefault('30s'),
    command: line('a command').describe('Must end with 0 for the others to follow.').optional(),
  }),
);

const config = z.lazy(() =>
  z.strictObject({
    source: line('a file name').describe('File with the content.'),
    target: line('a path').describe('Path in the container.'),
  }),
);

export const deploySchema = z.strictObject({
  mode: choice('auto', 'swarm', 'standalone')
    .describe('Swarm services, or plain containers; auto decides once by the server.')
    .prefault('auto'),
  servers: z
    .array(line('the name of a server'))
    .describe("Where it runs. An environment's own servers come first.")
    .optional(),
  kind: choice('replicated', 'global', 'replicated-job', 'global-job')
    .describe('A number of replicas, or one on every node.')
    .prefault('replicated'),
  replicas: integer(0, 10_000).describe('How many containers; default 1.').optional(),
  command: words
    .describe("Replaces the image's entrypoint. A text is split like a shell does; there is no shell.")
    .optional(),
  args: z.array(text()).describe("Replaces the image's command.").optional(),
  user: line('a user').describe('User the process runs as.').optional(),
  env: mapOf(text(), variableKeys).describe('Variables of the container, literal.').prefault({}),
  'env-file': line('a file name').describe('A .env file with further variables; `env` wins.').optional(),
  secrets: mapOf(text(), fileNameKeys).describe('Files below /run/secrets: name and content.').prefault({}),
  configs: z.array(config).describe('Swarm configs.').prefault([]),
  resources: resources.describe('Limits and reservations.').prefault({}),
  ports: z.array(mapOfPort).describe('Ports published on the servers, past the proxy.').prefault([]),
  mounts: z.array(mountSchema).describe('Volumes, folders and files.').prefault([]),
  health: healthSchema.describe('When a container counts as healthy.').optional(),
  restart: restart.describe('What happens when it stops by itself.').prefault({}),
  update: updateSchema.describe('How a new version replaces the old one.').prefault({}),
  rollback: rollbackSchema.describe('How the old version comes back.').prefault({}),
  placement: placement.describe('On which nodes it runs (Swarm).').prefault({}),
  networks: z.array(line('the name of a network')).describe('Further networks that exist already.').prefault([]),
  labels: mapOf(text(), variableKeys).describe('Labels of the container or service.').prefault({}),
  'endpoint-mode': choice('vip', 'dnsrr').describe('How other services find its replicas (Swarm).').prefault('vip'),
  ulimits: mapOf(ulimit, { pattern: /^[a-z]+$/, expected: 'the name of a limit, such as nofile' })
    .describe('Process limits.')
    .prefault({}),
  hooks: hooks.describe('Commands around the deployment.').optional(),
  canary: canary.describe('Some servers first.').optional(),
  drain: duration()
    .describe('Time the old container may finish its requests in, before it is stopped.')
    .prefault('10s'),
  'stop-grace-period': duration().describe('Time between the signals TERM and KILL.').prefault('30s'),
  timeout: duration(1000).describe('Time until the new version must be healthy.').prefault('5m'),
  keep: integer(1, 1000).describe('Deployments kept for rollback.').prefault(10),
});
