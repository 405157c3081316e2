import type { Project, RegistryProvider, RegistrySpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import type { Login } from './provider/login.ts';

/** Milliseconds. A password that ends sooner is not used for a new step: a pull of a large image may take that long. */
const margin = 15 * 60_000;

/** Logins of this process: asked for once, and again when they are about to end. */
const logins = new WeakMap<RegistryProvider, Promise<Login>>();

type Told = Pick<Context, 'report' | 'signal'>;

/**
 * The project with user and password for each registry whose provider gives them, got now unless they are known; the same
 * project where there is none. Throws REGISTRY_AUTH, REGISTRY_DENIED, REGISTRY_RATE_LIMITED, REGISTRY_UNREACHABLE.
 *
 * @param needed Which registries will be used; all by default.
 */
export async function withLogins(
  context: Told,
  project: Project,
  needed: (registry: RegistrySpec) => boolean = () => true,
): Promise<Project> {
  const entries = Object.entries(project.registries);
  if (entries.every(([, { provider }]) => provider === undefined)) return project;
  const registries = await Promise.all(
    entries.map(async ([key, spec]) => [key, needed(spec) ? await loggedIn(context, spec) : spec] as const),
  );
  return { ...project, registries: Object.fromEntries(registries) };
}

/** A registry with the user and password its provider gives; itself where it has none. Throws as `withLogins` does. */
export async function loggedIn(context: Told, registry: RegistrySpec): Promise<RegistrySpec> {
  const { provider } = registry;
  if (provider === undefined) return registry;
  const login = await fresh(context, registry, provider);
  return { ...registry, ...login };
}

async function fresh(context: Told, registry: RegistrySpec, provider: RegistryProvider): Promise<Login> {
  const known = logins.get(provider);
  const login = await known;
  if (login !== undefined && (login.expires ?? Number.POSITIVE_INFINITY) - margin > Date.now()) return login;
  const pending = logins.get(provider);
  // Another step may have begun to ask while this one waited.
  const asked = pending === undefined || pending === known ? ask(context, registry) : pending;
  logins.set(provider, asked);
  asked.catch(() => logins.delete(provider));
  return asked;
}

/** Code and HTTP client are loaded only where a provider has to be asked. */
async function ask({ report, signal }: Told, registry: RegistrySpec): Promise<Login> {
  const { providedLogin } = await import('./provider/login.ts');
  const login = await providedLogin(registry, signal);
  if (login === undefined) throw new Error(`Registry ${registry.host} has no provider.`);
  report.mask(login.password.reveal());
  return login;
}
