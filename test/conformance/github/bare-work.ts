import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../lab/host.ts';
import type { Registry } from '../../lab/registry.ts';

/** The remote work of one deployment to a Swarm, without SSH and without Drayage. */
export interface BareWork {
  readonly builder: Host;
  readonly manager: Host;
  readonly registry: Registry;
  /** The sources, as they are on the runner. */
  readonly folder: string;
  /** Repository of the image. */
  readonly image: string;
  readonly service: string;
}

/** Seconds that logging in, `docker build`, `docker push` and `docker service update` take on the servers themselves. */
export async function bareSeconds({ builder, manager, registry, folder, image, service }: BareWork): Promise<number> {
  const sources = join(builder.rootFolder, 'root', 'bare');
  rmSync(sources, { recursive: true, force: true });
  cpSync(folder, sources, { recursive: true });
  const login = `docker login --username ${registry.username} --password-stdin ${registry.host}`;
  const startedAt = performance.now();
  for (const host of [builder, manager]) await host.exec(login, { stdin: registry.password });
  const tags = ['bare', 'latest'].map((tag) => `${image}:${tag}`);
  await builder.exec(`cd /root/bare && docker build --quiet --build-arg VERSION=bare --tag ${tags.join(' --tag ')} .`);
  for (const tag of tags) await builder.exec(`docker push --quiet ${tag}`);
  await manager.exec(`docker service update --quiet --with-registry-auth --image ${tags[0]} ${service}`);
  return (performance.now() - startedAt) / 1000;
}
