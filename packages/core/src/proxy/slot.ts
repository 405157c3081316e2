/**
 * Blue/green: a service has two slots, and the proxy sends its requests to the one that is active. Which one that is
 * stands on the node's disk, so it survives every restart, and switching is one atomic rename that interrupts no
 * connection: neither Caddy nor Traefik has to reload a listener for it.
 */
export type Slot = 'blue' | 'green';

export const otherSlot = (slot: Slot | undefined): Slot => (slot === 'blue' ? 'green' : 'blue');

/** DNS name of a slot on the environment's network: what the proxy connects to. */
export const slotName = (resource: string, slot: Slot): string => `${resource}-${slot}`;

/** Folders below the state folder of a node that runs the proxy. */
export function proxyPaths(stateDir: string) {
  const root = `${stateDir}/proxy`;
  return {
    root,
    /** Caddy: `<active>/<resource>/<slot>` exists for the active slot. */
    active: `${root}/active`,
    /** Traefik: watched folder of dynamic files. */
    dynamic: `${root}/dynamic`,
    /** Traefik: per service, `<slots>/<resource>.<slot>.yml`, copied over `<dynamic>/<resource>.yml` to switch. */
    slots: `${root}/slots`,
  };
}
