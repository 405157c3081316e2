import type { ServiceSpec } from '../config/model.ts';
import { isSecret } from '../config/secret.ts';
import { isReference, type RunSpec } from '../docker/run-spec.ts';
import { type ResolvedRun, runSpec } from './run-spec.ts';

/**
 * The record's settings with today's secrets, where drayage.yml has one of the same name, or a file with secrets in it at the
 * same place. A file without any stays as it was: it belongs to the version, as settings do. Pure.
 *
 * @param stored Content of the record's own references, as far as it is known.
 */
export function refreshed(
  resource: string,
  { deploy, domains }: Pick<ServiceSpec, 'deploy' | 'domains'>,
  spec: RunSpec,
  stored: ReadonlyMap<string, string>,
): ResolvedRun {
  const today = runSpec(resource, deploy, domains, spec.image);
  const env = Object.fromEntries(
    Object.entries(spec.env).map(([name, value]) => [
      name,
      isReference(value) ? (today.spec.env[name] ?? value) : value,
    ]),
  );
  const secrets = Object.fromEntries(
    Object.entries(spec.secrets).map(([name, value]) => [name, today.spec.secrets[name] ?? value]),
  );
  const secretFiles = new Set(
    deploy.mounts.flatMap((mount) => (mount.type === 'file' && isSecret(mount.content) ? [mount.target] : [])),
  );
  const files = new Map(
    today.spec.mounts.flatMap((mount) =>
      mount.type === 'file' && secretFiles.has(mount.target) ? [[mount.target, mount.content] as const] : [],
    ),
  );
  const mounts = spec.mounts.map((mount) =>
    mount.type === 'file' ? { ...mount, content: files.get(mount.target) ?? mount.content } : mount,
  );
  return { spec: { ...spec, env, secrets, mounts }, secrets: new Map([...stored, ...today.secrets]) };
}
