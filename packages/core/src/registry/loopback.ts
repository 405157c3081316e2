import { createHash } from 'node:crypto';
import { parseImage } from '../config/image-reference.ts';

/** Below the ports that Linux gives to outgoing connections (ip_local_port_range begins at 32768). */
const first = 20_000;
const count = 10_000;
const choices = 4;

/**
 * Ports of a node's loopback under which the images of one service are pulled where there is no registry. They are part of
 * the images' name there, so they are the same for every run; the first one that is free on all nodes is taken.
 */
export function loopbackPorts(resource: string): readonly number[] {
  return Array.from({ length: choices }, (_, index) => {
    const hash = createHash('sha256').update(`${resource}\n${index}`).digest();
    return first + (hash.readUInt32BE(0) % count);
  });
}

/** The name under which a node knows an image that came to it without a registry. */
export function loopbackImage(resource: string, port: number, digest: string): string {
  return `127.0.0.1:${port}/${resource}@${digest}`;
}

/** Whether an image is one that came to the nodes of this service without a registry: nobody can be asked for it. */
export function isLoopbackImage(resource: string, image: string): boolean {
  const parsed = parseImage(image);
  if (parsed?.digest === undefined || parsed.repository !== resource) return false;
  return loopbackPorts(resource).some((port) => parsed.registry === `127.0.0.1:${port}`);
}
