import * as z from 'zod';
import { projectSchema } from './schema/project.ts';
import { applicationSchema } from './schema/service.ts';
import { notSupportedYet } from './supported.ts';

type Json = z.core.JSONSchema.BaseSchema;

/** JSON Schema (draft 7) of drayage.yml, as editors use it to complete and to check. */
export function drayageJsonSchema(): Json {
  const schema = toJson(projectSchema);
  const { environments } = propertiesOf(schema);
  const { services } = propertiesOf(environments?.additionalProperties);
  // In an environment every key of a service may be left out, and null removes one.
  if (services !== undefined) services.additionalProperties = orNull(partial(toJson(applicationSchema)));
  for (const { path, values } of notSupportedYet) {
    if (values === undefined) for (const place of [path, `environments.*.${path}`]) reserve(schema, place.split('.'));
  }
  const { $schema, ...rest } = schema;
  return { $schema, title: 'drayage.yml', ...shareDefinitions(rest) };
}

function toJson(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Shapes that `oneOf` tells apart: to zod they are one function.
      const shapes: unknown = jsonSchema.alternatives;
      delete jsonSchema.alternatives;
      if (!Array.isArray(shapes)) return;
      const options = shapes.filter((shape) => shape instanceof z.ZodType);
      jsonSchema.anyOf = options.map((shape) => without(toJson(shape), '$schema'));
    },
  });
}

const reserved = 'Not supported yet.';

/** Says of what stands at a path that it is refused; `*` is any key of a map or item of a list. */
function reserve(schema: unknown, [step, ...rest]: readonly string[]): void {
  if (!isJson(schema)) return;
  if (step === undefined) {
    if (schema.description?.startsWith(reserved) !== true)
      schema.description = `${reserved} ${schema.description ?? ''}`.trim();
    return;
  }
  for (const option of schema.anyOf ?? []) reserve(option, [step, ...rest]);
  const below = step === '*' ? [schema.additionalProperties, schema.items] : [propertiesOf(schema)[step]];
  for (const each of below) reserve(each, rest);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(schema: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

function propertiesOf(schema: unknown): Record<string, Json> {
  if (!isJson(schema)) return {};
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => isJson(entry[1])));
}

function partial(schema: Json): Json {
  const result = without(schema, 'required', '$schema', 'default');
  const { additionalProperties: others, anyOf } = schema;
  const properties = Object.entries(propertiesOf(schema)).map(([key, value]) => [key, orNull(partial(value))]);
  return {
    ...result,
    ...(schema.properties === undefined ? {} : { properties: Object.fromEntries(properties) }),
    ...(isJson(others) ? { additionalProperties: orNull(partial(others)) } : {}),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((option) => (isJson(option) ? partial(option) : option)) }),
  };
}

function orNull(schema: Json): Json {
  const { description, ...rest } = schema;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: 'null' }] };
}

/** Keywords whose content has no name of its own. */
const structure = new Set(['properties', 'additionalProperties', 'items', 'anyOf', 'allOf']);

/** Moves maps that occur several times to `definitions`: deploy stands in every kind of service. */
function shareDefinitions(schema: Json): Json {
  const counts = new Map<string, number>();
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isShared(value)) counts.set(bare(value), (counts.get(bare(value)) ?? 0) + 1);
    Object.values(value).forEach(count);
  };
  count(schema);
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const rewrite = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, key));
    if (!isJson(value)) return value;
    const inside = () =>
      Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, rewrite(item, structure.has(name) ? key : name)]),
      );
    if (!isShared(value) || (counts.get(bare(value)) ?? 0) < 2) return inside();
    const id = bare(value);
    const name = names.get(id) ?? freeName(key, names);
    if (!names.has(id)) {
      names.set(id, name);
      definitions[name] = without(inside(), 'description', 'default');
    }
    const { description, default: initial } = value;
    // In draft 7 what stands beside $ref means nothing.
    const reference = { allOf: [{ $ref: `#/definitions/${name}` }] };
    return {
      ...(description === undefined ? {} : { description }),
      ...(initial === undefined ? {} : { default: initial }),
      ...reference,
    };
  };
  const rewritten = rewrite(schema, 'drayage');
  return { ...(isJson(rewritten) ? rewritten : {}), definitions };
}

function isShared(value: object): value is Json {
  return 'properties' in value && 'additionalProperties' in value;
}

/** What makes two maps the same: all but what is said about them. */
function bare(value: Json): string {
  return JSON.stringify(without(value, 'description', 'default'));
}

function freeName(key: string, names: ReadonlyMap<string, string>): string {
  const taken = new Set(names.values());
  for (let number = 1; ; number++) {
    const name = number === 1 ? key : `${key}-${number}`;
    if (!taken.has(name)) return name;
  }
}
