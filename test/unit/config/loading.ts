import { type Loaded, type LoadOptions, loadProject } from '../../../packages/core/src/config/load.ts';
import { DrayageError, ManyErrors } from '../../../packages/core/src/errors/drayage-error.ts';

/** Two servers, one of each role, and what a service needs to be complete. */
export const base = `project: shop
servers:
  builder: { host: build.example.com, role: build }
  node-1: { host: 203.0.113.10, role: deploy }
`;

/** A file with one service; `service` is indented by four. */
export function withService(service: string): string {
  return `${base}services:\n  web:\n    ${service.trim().replaceAll('\n', '\n    ')}\n`;
}

export function load(text: string, options: Partial<LoadOptions> = {}): Promise<Loaded> {
  return loadProject({ text, ...options });
}

/** `line:column CODE message` of every error, in order; empty when there is none. */
export async function errorsOf(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  return (await failuresOf(text, options)).map(
    ({ at, code, message }) => `${at?.line}:${at?.column} ${code} ${message}`,
  );
}

export async function failuresOf(text: string, options: Partial<LoadOptions> = {}): Promise<readonly DrayageError[]> {
  try {
    await load(text, options);
    return [];
  } catch (error) {
    if (error instanceof ManyErrors) return error.errors;
    if (error instanceof DrayageError) return [error];
    throw error;
  }
}
