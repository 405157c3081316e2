import { join } from 'node:path';
import { type Acme, startAcme } from './acme.ts';
import { pruneCache } from './cache.ts';
import type { Host } from './host.ts';
import { prepareImages } from './images.ts';
import { ensureMachine, readMachine } from './machine.ts';
import { mirrorPort, openLab, registryPort, tlsRegistryPort } from './open.ts';
import { type Registry, startMirror, startRegistry } from './registry.ts';
import { prepareRoots } from './roots.ts';
import { readRecords, saveRecord } from './state.ts';

export interface LabOptions {
  /** Several labs run side by side under different names: letters, digits and hyphens. */
  name: string;
  /** Receives one line per thing that takes time. */
  log?: (line: string) => void;
}

export interface Lab {
  name: string;
  /** This machine's address as the hosts see it. */
  gateway: string;
  /** A private key that every host accepts for root. */
  privateKeyPath: string;
  /** Address of the registry that stands in for Docker Hub; every host's Docker knows it. */
  mirror: string;
  /** Starts a server. Call it several times at once to start several side by side. */
  host(name: string, options?: { docker?: boolean }): Promise<Host>;
  /** Starts a private registry, plain HTTP unless `tls` is set; the one with TLS deletes nothing. Each kind runs once per lab. */
  registry(options?: { tls?: boolean }): Promise<Registry>;
  /** Starts an ACME server with its DNS, once per lab. */
  acme(): Promise<Acme>;
  /** Notes in the lab's record, for other processes, that all is up. */
  markReady(): void;
  /** Ends everything and leaves no trace. Safe to call twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a lab without hosts: a network with a way out to the package registries, and the mirror of lab images. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const log = options.log ?? ((line: string) => console.error(`lab: ${line}`));
  await ensureMachine(log);
  const machine = await readMachine();
  const roots = await prepareRoots(machine, log);
  const store = await prepareImages(machine, roots, log);
  if (readRecords().length === 0) await pruneCache(7);
  const open = await openLab(options.name, machine, roots, log);
  const { record, net, stop } = open;
  const program = join(roots.tools, 'docker-registry');
  const registryPlan = { lab: options.name, program, address: net.gateway };
  let mirror: string;
  try {
    mirror = await startMirror({ ...registryPlan, name: 'mirror', port: mirrorPort }, store);
  } catch (cause) {
    await stop();
    throw cause;
  }
  let acme: Promise<Acme> | undefined;
  const registries = new Map<boolean, Promise<Registry>>();
  return {
    name: options.name,
    gateway: net.gateway,
    privateKeyPath: record.privateKeyPath,
    mirror,
    host: open.host,
    registry: ({ tls = false } = {}) => {
      const running = registries.get(tls);
      if (running) return running;
      const name = tls ? 'registry-tls' : 'registry';
      const port = tls ? tlsRegistryPort : registryPort;
      const started = startRegistry({ ...registryPlan, name, port, mirror, tls }).then((registry) => {
        const { host, username, password, caPath } = registry;
        record.registries.push({ host, username, password, caPath });
        saveRecord(record);
        return registry;
      });
      registries.set(tls, started);
      return started;
    },
    acme: () => {
      acme ??= startAcme({ lab: options.name, tools: roots.tools, address: net.gateway }).then((server) => {
        const { directory, caPath, rootPath } = server;
        record.acme = { directory, caPath, rootPath };
        saveRecord(record);
        return server;
      });
      return acme;
    },
    markReady: () => {
      record.ready = true;
      saveRecord(record);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
