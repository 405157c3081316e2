import type { Plain } from './plain.ts';
import type { Problems } from './problems.ts';
import { type Path, printPath } from './tree.ts';

/** Where a secret may stand: it is handed on without showing in arguments, images, records or names. */
const allowed = [
  'variables.*',
  'environments.*.variables.*',
  'servers.*.host',
  'servers.*.port',
  'servers.*.user',
  'servers.*.host-key',
  'servers.*.buildkit.address',
  'servers.*.buildkit.ca',
  'servers.*.buildkit.cert',
  'servers.*.buildkit.key',
  'registries.*.username',
  'registries.*.password',
  'registries.*.session-token',
  'registries.*.ca',
  'proxy.email',
  'proxy.acme.ca',
  'services.*.source.token',
  'services.*.source.key',
  'services.*.build.args.*',
  'services.*.build.secrets.*',
  'services.*.build.ssh.*',
  'services.*.sign.key',
  'services.*.sign.password',
  'services.*.sign.public-key',
  'services.*.deploy.env.*',
  'services.*.deploy.secrets.*',
  'services.*.deploy.mounts.*.content',
  'services.*.domains.*.certificate.cert',
  'services.*.domains.*.certificate.key',
].map((pattern) => pattern.split('.'));

/** Refuses secrets where they would show: in a command line, a label, a URL, a name. */
export function refuseMisplacedSecrets(plain: Plain, problems: Problems): void {
  for (const path of plain.secretPaths) {
    if (allowed.some((pattern) => matches(pattern, path))) continue;
    problems.error(path, `A secret cannot stand in ${printPath(path)}: it would show on the server or in the log.`, {
      hint: 'Give it to the container by deploy.secrets or deploy.env, to a build by build.secrets; source.token is for git.',
    });
  }
}

function matches(pattern: readonly string[], path: Path): boolean {
  return pattern.length === path.length && pattern.every((step, index) => step === '*' || step === path[index]);
}
