import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { drayageJsonSchema } from '../../../packages/core/src/config/json-schema.ts';
import { schemaText } from '../../../scripts/schema.ts';

const schema = JSON.parse(JSON.stringify(drayageJsonSchema()));

function* everyNode(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value };
  for (const item of Object.values(value)) yield* everyNode(item);
}

describe('the JSON Schema of drayage.yml', () => {
  it('is the one in schema/', async () => {
    expect(await readFile(new URL('../../../schema/drayage.schema.json', import.meta.url), 'utf8')).toBe(schemaText());
  });

  it('has every key of the top level and refuses others', () => {
    expect(Object.keys(schema.properties)).toEqual([
      'organization',
      'project',
      'variables',
      'servers',
      'registries',
      'proxy',
      'environments',
      'services',
    ]);
    expect(schema).toMatchObject({ additionalProperties: false, required: ['project'] });
  });

  it('describes every key', () => {
    const silent = [...everyNode(schema)].flatMap((node) =>
      typeof node.properties === 'object' && node.type === 'object'
        ? Object.entries(node.properties ?? {})
            .filter(([, property]) => typeof property === 'object' && property !== null && !('description' in property))
            .map(([key]) => key)
        : [],
    );
    expect(silent).toEqual([]);
  });

  it('has only references that lead somewhere', () => {
    const references = [...everyNode(schema)].flatMap((node) => (typeof node.$ref === 'string' ? [node.$ref] : []));
    expect(references.length).toBeGreaterThan(3);
    for (const reference of references) {
      expect(Object.keys(schema.definitions)).toContain(reference.replace('#/definitions/', ''));
    }
  });

  it('has patterns that every editor can read, and that let references through', () => {
    const patterns = [...everyNode(schema)].flatMap((node) => (typeof node.pattern === 'string' ? [node] : []));
    expect(patterns.length).toBeGreaterThan(50);
    for (const { pattern } of patterns) expect(() => new RegExp(String(pattern), 'u')).not.toThrow();
    const port = new RegExp(schema.properties.servers.additionalProperties.properties.port.pattern, 'u');
    expect([port.test('22'), port.test('${{ env.PORT }}'), port.test('ssh')]).toEqual([true, true, false]);
  });

  it('lets an environment say a part of a service, and remove from it', () => {
    const service = schema.properties.environments.additionalProperties.properties.services.additionalProperties;
    expect(service.anyOf[1]).toEqual({ type: 'null' });
    expect(service.anyOf[0]).toMatchObject({ additionalProperties: false });
    expect(service.anyOf[0]).not.toHaveProperty('required');
  });
});
