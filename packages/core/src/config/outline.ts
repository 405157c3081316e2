import { parseDocument } from 'yaml';
import { defaultEnvironment } from './environment.ts';

/** The names in a drayage.yml, for whoever completes what is typed. */
export interface Outline {
  readonly services: readonly string[];
  readonly servers: readonly string[];
  readonly environments: readonly string[];
}

/** Names as drayage.yml allows them. Anything else is left out: a shell that is shown it might expand it. */
const name = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Reads names out of a file that may be half written: what cannot be read has none. */
export function outlineOf(text: string): Outline {
  const content = contentOf(text);
  const environments = keysOf(content.environments);
  const merged = environments.map((key) => valueAt(valueAt(content.environments, key), 'services'));
  return {
    services: [...new Set([content.services, ...merged].flatMap(keysOf))],
    servers: keysOf(content.servers),
    environments: environments.length === 0 ? [defaultEnvironment] : environments,
  };
}

function contentOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = parseDocument(text, { logLevel: 'silent' }).toJS();
    return isMap(content) ? content : {};
  } catch {
    return {};
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(map: unknown, key: string): unknown {
  return isMap(map) && Object.hasOwn(map, key) ? map[key] : undefined;
}

function keysOf(map: unknown): string[] {
  return isMap(map) ? Object.keys(map).filter((key) => name.test(key)) : [];
}
