import type { ServerSpec } from '../model.ts';
import type { ParsedServer } from '../schema/project.ts';
import { buildkitSpec } from './buildkit.ts';
import type { Reading } from './reading.ts';

export async function serverSpec(name: string, server: ParsedServer, reading: Reading): Promise<ServerSpec> {
  return {
    name,
    host: server.host ?? '',
    port: server.port,
    user: server.user,
    role: server.role,
    platforms: server.platforms,
    // `ssh-keygen` leaves the padding out, some tools print it.
    hostKey: server['host-key']?.replace(/=$/, ''),
    jump: server.jump,
    dockerSource: server['docker-source'],
    slots: server.slots,
    minFreeDisk: server['min-free-disk'],
    minFreeMemory: server['min-free-memory'],
    buildkit: await buildkitSpec(name, server.buildkit, reading),
  };
}
