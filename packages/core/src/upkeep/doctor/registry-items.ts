import { familiarImage, parseImage } from '../../config/image-reference.ts';
import type { RegistrySpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { engineOn } from '../../docker/client.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { RegistryClient } from '../../registry/client.ts';
import { credentialsOf, registryOfImage } from '../../registry/credentials.ts';
import { configKey } from '../../registry/hosts.ts';
import type { Item } from '../../setup/items.ts';
import type { Server } from '../../transport/server.ts';
import type { ItemProvider, Place } from './provider.ts';

/**
 * The path of images: whether each server's engine can log in to the registries, whether builders may push, and nodes pull. By
 * the engine itself, as its trust in certificates and its way through the network count; no image is moved.
 */
export const registryItems: ItemProvider = {
  name: 'registries',

  async items(context, place) {
    const { server, project, spec } = place;
    if (server === undefined) return [];
    const builds = project.services.filter(({ build }) => build?.servers.includes(spec.name) === true);
    const runs = project.services.filter(({ deploy }) => deploy.servers.includes(spec.name));
    const used = new Set(
      [...builds, ...runs].flatMap(({ image, source }) => [image, source.kind === 'image' ? source.image : undefined]),
    );
    const hosts = new Set(
      [...used].flatMap((image) => (image === undefined ? [] : [registryOfImage(project.registries, image).host])),
    );
    const logins = Object.values(project.registries)
      .filter(({ host }) => spec.role !== 'deploy' || hosts.has(host))
      .map((registry) => loginItem(context, server, registry));
    const pushes = builds.flatMap(({ image }) =>
      image === undefined ? [] : [pushItem(context, place, server, image)],
    );
    const pulls = runs.flatMap(({ image, source }) => {
      const wanted = source.kind === 'image' ? source.image : image;
      return wanted === undefined ? [] : [pullItem(context, place, server, wanted)];
    });
    return Promise.all([...logins, ...pushes, ...pulls]);
  },
};

async function loginItem(context: Context, server: Server, registry: RegistrySpec): Promise<Item> {
  const item = `login ${registry.host}`;
  const credentials = credentialsOf(registry);
  if (credentials === undefined) return { item, ok: true, detail: 'no credentials are declared' };
  const engine = engineOn(server);
  try {
    context.signal.throwIfAborted();
    const auth = { ...credentials, serveraddress: configKey(registry.host) };
    await engine.call(`Logging in to ${registry.host}`, (docker) => docker.checkAuth(auth), { timeout: 60_000 });
    return { item, ok: true, detail: `as ${credentials.username}` };
  } catch (error) {
    if (!(error instanceof DrayageError)) throw error;
    return refusedItem(item, saidIn(error.message), registry);
  } finally {
    engine.close();
  }
}

async function pushItem(context: Context, { project }: Place, server: Server, image: string): Promise<Item> {
  const item = `push ${image}`;
  const registry = registryOfImage(project.registries, image);
  await using client = new RegistryClient(registry, {
    signal: context.signal,
    retries: 1,
    dial: (host, port) => server.dial(host, port),
  });
  try {
    const giveUp = await client.checkPush(parseImage(image)?.repository ?? '');
    await giveUp();
    return { item, ok: true, detail: 'an upload was begun and taken back' };
  } catch (error) {
    if (!(error instanceof DrayageError) || error.code === 'CANCELLED') throw error;
    return { item, ok: false, detail: error.message, cure: error.hint };
  }
}

/** Asks the node's engine to ask the registry what the name stands for. */
async function pullItem(context: Context, { project }: Place, server: Server, image: string): Promise<Item> {
  const parsed = parseImage(image);
  const item = `pull ${parsed === undefined ? image : familiarImage(parsed)}`;
  const registry = registryOfImage(project.registries, image);
  const credentials = credentialsOf(registry);
  const auth =
    credentials &&
    Buffer.from(JSON.stringify({ ...credentials, serveraddress: configKey(registry.host) })).toString('base64url');
  const path = `/distribution/${image}/json`;
  const { text, errors } = await askEngine(
    server,
    [{ path, ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': auth } }) }],
    {
      purpose: `Asking for ${image}`,
      signal: context.signal,
    },
  );
  const [answer] = parseBatch(text);
  if (answer?.status === 200) return { item, ok: true, detail: 'it may be pulled' };
  const said = messageIn(answer?.body) ?? errors.trim();
  // A name that was never pushed to says nothing against the way there.
  if (/manifest unknown|manifest for .* not found|name unknown|repository name not known/i.test(said)) {
    return { item, ok: true, detail: 'the registry answers; there is no such tag yet' };
  }
  return refusedItem(item, said, registry);
}

const cures: readonly (readonly [RegExp, (registry: RegistrySpec) => string])[] = [
  [
    /unauthorized|incorrect username or password|authentication required|no basic auth/i,
    ({ host }) => `Check username and password under registries."${host}" in drayage.yml.`,
  ],
  [/denied|forbidden/i, ({ host, username }) => `Let ${username ?? 'anonymous users'} use the repository in ${host}.`],
  [
    /HTTP response to HTTPS client/i,
    ({ host }) => `If plain HTTP is meant: registries."${host}".insecure: true, then run setup for this server.`,
  ],
  [/x509|certificate/i, ({ host }) => `Give its authority as registries."${host}".ca, then run setup for this server.`],
  [/no such host|server misbehaving/i, ({ host }) => `Check the spelling of ${host}, and DNS on this server.`],
  [
    /refused|timeout|no route|unreachable|deadline/i,
    ({ host }) => `Open the way from this server to ${host}, and see that the registry runs.`,
  ],
];

function refusedItem(item: string, said: string, registry: RegistrySpec): Item {
  const detail = said === '' ? 'the engine did not say why' : said;
  return { item, ok: false, detail, cure: cures.find(([pattern]) => pattern.test(said))?.[1](registry) };
}

/** The engine's own words, without ours in front of them. */
function saidIn(message: string): string {
  return message.replace(/^.* was refused by the engine: /, '');
}

function messageIn(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : undefined;
}
