import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './command.ts';
import type { Host } from './host.ts';

/** Waits until the host's sshd says who it is. */
export async function waitForSsh(address: string, name: string): Promise<void> {
  await until(`sshd on ${name} (${address})`, 15_000, async () => {
    const socket = connect({ host: address, port: 22 });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(500) });
      const [banner] = (await once(socket, 'data', { signal: AbortSignal.timeout(2000) })) as [Buffer];
      return banner.toString().startsWith('SSH-2.0');
    } finally {
      socket.destroy();
    }
  });
}

/** Waits until the host's dockerd answers. */
export async function waitForDocker(host: Host): Promise<void> {
  await until(`dockerd on ${host.name}`, 30_000, async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const ping = request({ socketPath: host.dockerSocket, path: '/_ping', timeout: 2000 }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      ping.on('error', reject).end();
    });
    return status === 200;
  });
}

async function until(what: string, milliseconds: number, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const fine = await probe().catch(() => false);
    if (fine) return;
    if (Date.now() > deadline) throw new LabError(`${what} did not answer within ${milliseconds / 1000} s.`);
    await sleep(20);
  }
}
