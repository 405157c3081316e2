import { parseImage } from '../config/image-reference.ts';
import type { Project, RegistrySpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { withLogins } from '../registry/login.ts';
import type { Server } from '../transport/server.ts';
import type { Item } from './items.ts';
import { type RegistryTrial, trialScript } from './trial-script.ts';

/** The tag is always the same, so that a registry keeps one small image at most. */
const tag = 'drayage-trial';

/**
 * Tries by use what the server is for: a build with buildx, a container, a network, and for every declared registry a
 * login, on build servers also a push and a pull back by digest. Changes nothing that stays.
 */
export async function tryServer(
  context: Context,
  server: Server,
  { project: given, builds }: { project: Project; builds: boolean },
): Promise<Item[]> {
  const project = await withLogins(context, given);
  const registries = Object.values(project.registries);
  const files = new Map<string, string>();
  const trials = registries.map((registry, index): RegistryTrial => {
    const passwordFile = registry.password === undefined ? undefined : `password-${index}`;
    if (passwordFile !== undefined) files.set(passwordFile, registry.password?.reveal() ?? '');
    const image = builds ? `${trialRepository(project, registry)}:${tag}` : undefined;
    return { host: registry.host, username: registry.username, passwordFile, image };
  });
  const id = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  let log = '';
  await server.job({
    id: `trial-${id}`,
    script: trialScript({ id, builds, registries: trials }),
    files: Object.fromEntries(files),
    timeout: 20 * 60_000,
    signal: context.signal,
    onOutput: (chunk) => {
      log += chunk;
    },
  });
  const items = parseTrials(log);
  if (items.length > 0) return items;
  throw new DrayageError('SETUP_FAILED', `${server.name}: the server could not be tried.`, { output: log });
}

/** Where the credentials may surely push: beside a service's own image, else below the account's name. */
function trialRepository(project: Project, registry: RegistrySpec): string {
  const own = project.services.find(
    ({ image }) => image !== undefined && parseImage(image)?.registry === registry.host,
  );
  if (own?.image !== undefined) return own.image;
  return [registry.host, registry.username?.toLowerCase(), 'drayage-trial'].filter(Boolean).join('/');
}

/** Reads what the trials printed. */
export function parseTrials(log: string): Item[] {
  return log.split('\n').flatMap((line): Item[] => {
    const [mark, item, verdict, encoded = ''] = line.split('\t');
    if (mark !== 'item' || item === undefined) return [];
    const output = Buffer.from(encoded, 'base64').toString('utf8').trim();
    const last = output.split('\n').at(-1) ?? '';
    if (verdict === 'ok') return [{ item, ok: true, detail: last }];
    return [{ item, ok: false, detail: reasonIn(output) || last || 'it failed without a word', cure: cureFor(output) }];
  });
}

/** The line that says what went wrong, of several that surround it. */
function reasonIn(output: string): string | undefined {
  return output
    .split('\n')
    .findLast((line) => /error|denied|unauthorized|cannot|refused|no space|no such/i.test(line))
    ?.trim();
}

const cures: readonly (readonly [RegExp, string])[] = [
  [
    /unauthorized|incorrect username or password|authentication required/i,
    'Check username and password of the registry in drayage.yml.',
  ],
  [/denied/i, 'Give the account the right to push to this repository.'],
  [
    /server gave HTTP response to HTTPS client/i,
    'Set insecure: true for this registry in drayage.yml, if plain HTTP is meant, and run setup again.',
  ],
  [
    /x509|certificate signed by unknown authority/i,
    'Give the certificate authority of the registry as registries.<host>.ca.',
  ],
  [/no such host|lookup .* on|server misbehaving/i, 'Mend name resolution on the server: /etc/resolv.conf.'],
  [/connection refused|i\/o timeout|no route to host/i, 'Open the way from the server to the registry.'],
  [/no space left/i, 'Free space on the server: docker system df'],
];

function cureFor(output: string): string | undefined {
  return cures.find(([pattern]) => pattern.test(output))?.[1];
}
