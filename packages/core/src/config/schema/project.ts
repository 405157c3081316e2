import * as z from 'zod';
import { mapOf, nameKeys, variableKeys } from './collections.ts';
import { line, matching, text } from './pieces.ts';
import { proxySchema } from './proxy.ts';
import { registrySchema } from './registry.ts';
import { serverSchema } from './server.ts';
import { serviceSchema } from './service.ts';

const name = () => matching(nameKeys.pattern, nameKeys.expected);
const variables = () => mapOf(text(), variableKeys);

const environmentSchema = z.lazy(() =>
  z.strictObject({
    variables: variables().describe('Variables of this environment; they win over those of the project.').prefault({}),
    servers: z.array(line('the name of a server')).describe('Where its services run.').optional(),
    services: mapOf(z.unknown(), nameKeys)
      .describe('Merged over `services`: maps merge, lists replace, null removes.')
      .optional(),
  }),
);

/** Everything drayage.yml may say. Work that comes later fills these names and renames none. */
export const projectSchema = z.strictObject({
  organization: name().describe('Isolates organizations on one server: part of every name.').optional(),
  project: name().describe('Name of the project: part of every name.'),
  variables: variables().describe('Variables of all services in all environments.').prefault({}),
  servers: mapOf(serverSchema, {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    expected: 'letters, digits, ".", "_" and "-"',
  })
    .describe('Servers by name.')
    .prefault({}),
  registries: mapOf(registrySchema).describe('Registries by host and port.').prefault({}),
  proxy: proxySchema.describe('What receives requests from outside.').optional(),
  environments: mapOf(environmentSchema, nameKeys)
    .describe('Isolated copies of the project; default: production.')
    .optional(),
  services: mapOf(serviceSchema, nameKeys).describe('What is built and deployed.').prefault({}),
});

export type ParsedProject = z.output<typeof projectSchema>;
export type ParsedServer = ParsedProject['servers'][string];
export type ParsedRegistry = ParsedProject['registries'][string];
export type ParsedProxy = NonNullable<ParsedProject['proxy']>;
export type ParsedDeploy = Extract<ParsedProject['services'][string], { type: 'application' }>['deploy'];
