import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A JSON Schema as OpenAPI 3.0 writes it. */
type Schema = { readonly [key: string]: unknown };

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content | { readonly $ref: string }>>;
}

/** What GitHub publishes of its REST API. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Validate = ((value: unknown) => boolean) & {
  errors?: readonly { instancePath: string; message?: string }[] | null;
};

/** One request as it came, or its answer, against the description: sentences about everything that does not fit. */
export interface Operation {
  /** As GitHub names it: `repos/create-deployment`. */
  readonly id: string;
  readonly path: Readonly<Record<string, string>>;
  request(query: URLSearchParams, body: unknown): string[];
  answer(status: number, body: unknown): string[];
}

/** Reads GitHub's published description and the validator from a folder of npm packages. */
export function openDescription(nodeModules: string) {
  const file = join(nodeModules, '@octokit/openapi/generated/api.github.com.json');
  const description: Description = JSON.parse(readFileSync(file, 'utf8'));
  const require = createRequire(join(nodeModules, 'package.json'));
  const { Ajv } = require('ajv');
  // Query parameters arrive as text; bodies must have their types.
  const [strict, lax] = [false, true].map((coerceTypes) => {
    const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes, logger: false });
    require('ajv-formats').default(ajv);
    return ajv;
  });
  const compiled = new Map<string, Validate>();

  function resolved<T>(value: T | { readonly $ref: string }): T {
    if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T;
    const [, , kind = '', name = ''] = (value as { $ref: string }).$ref.split('/');
    return description.components[kind]?.[name] as T;
  }

  /** The schema with every other one it speaks of beside it, so that the validator need not read all of the API. */
  function alone(schema: Schema): Schema {
    const found = new Map<string, unknown>();
    const walk = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(walk);
      if (typeof value !== 'object' || value === null) return value;
      const reference = (value as { $ref?: unknown }).$ref;
      if (typeof reference === 'string') {
        const name = reference.split('/').at(-1) ?? '';
        if (!found.has(name)) {
          found.set(name, true);
          found.set(name, walk(description.components.schemas?.[name]));
        }
        return { $ref: `#/definitions/${name}` };
      }
      const { example: _, examples: __, nullable, ...rest } = value as Schema;
      // Links are empty where there are none, which their format would forbid.
      if (rest.default === '') delete (rest as { format?: unknown }).format;
      const copy = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, walk(inner)]));
      return nullable === true ? { anyOf: [{ type: 'null' }, copy] } : copy;
    };
    const root = walk(schema) as Schema;
    return { allOf: [root], definitions: Object.fromEntries(found) };
  }

  function problems(key: string, schema: Schema | undefined, value: unknown, validator = strict): string[] {
    if (schema === undefined) return [];
    const validate = compiled.get(key) ?? (validator.compile(alone(schema)) as Validate);
    compiled.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${key}${instancePath} ${message}`);
  }

  function query(id: string, parameters: readonly Parameter[], given: URLSearchParams): string[] {
    const known = parameters.filter((parameter) => parameter.in === 'query');
    const unknown = [...given.keys()].filter((name) => !known.some((parameter) => parameter.name === name));
    const wrong = known.flatMap(({ name, required, schema }) => {
      const value = given.get(name);
      if (value === null) return required === true ? [`${id} needs the query parameter ${name}`] : [];
      // Wrapped: a validator can turn text into a number only inside of an object.
      const wrapped = { type: 'object', properties: { [name]: schema } };
      return problems(`${id}?${name}`, wrapped, { [name]: value }, lax);
    });
    return [...unknown.map((name) => `${id} has no query parameter ${name}`), ...wrong];
  }

  function body(id: string, { requestBody }: Described, given: unknown): string[] {
    const schema = requestBody?.content?.['application/json']?.schema;
    if (given === undefined) return requestBody?.required === true ? [`${id} needs a body`] : [];
    if (schema === undefined) return [`${id} takes no body`];
    // GitHub leaves what it does not know unread; here that is a mistake.
    const properties = Object.keys((schema.properties as object | undefined) ?? {});
    const unknown = Object.keys(given as object).filter((name) => !properties.includes(name));
    return [...unknown.map((name) => `${id} has no ${name} in its body`), ...problems(id, schema, given)];
  }

  /** undefined: the description knows no such path, or not by this method. */
  return function operationOf(method: string, pathname: string): Operation | undefined {
    const words = pathname.split('/');
    for (const [template, methods] of Object.entries(description.paths)) {
      const described = methods[method.toLowerCase()];
      const path = described === undefined ? undefined : matched(template.split('/'), words);
      if (described === undefined || path === undefined) continue;
      const { operationId: id, responses } = described;
      const parameters = (described.parameters ?? []).map((parameter) => resolved<Parameter>(parameter));
      return {
        id,
        path,
        request: (search, given) => [
          ...parameters
            .filter((parameter) => parameter.in === 'path')
            .flatMap(({ name, schema }) =>
              problems(
                `${id} ${name}`,
                { type: 'object', properties: { [name]: schema } },
                { [name]: path[name] },
                lax,
              ),
            ),
          ...query(id, parameters, search),
          ...body(id, described, given),
        ],
        answer: (status, given) => {
          const response = responses[status];
          // Errors that any operation can answer are described once for all of them.
          if (response === undefined && status < 400) return [`${id} never answers ${status}`];
          const schema: Schema = (response === undefined
            ? undefined
            : resolved<Content>(response).content?.['application/json']?.schema) ?? {
            $ref: '#/components/schemas/basic-error',
          };
          return problems(`${id} answer ${status}`, schema, given);
        },
      };
    }
    return undefined;
  };
}

/** The words of a path in the places that a template names, `{owner}`. */
function matched(template: readonly string[], words: readonly string[]): Record<string, string> | undefined {
  if (template.length !== words.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const word = words[index] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== word) return undefined;
    if (name !== undefined) found[name] = decodeURIComponent(word);
  }
  return found;
}
