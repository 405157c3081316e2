import { inContainer } from '../container.ts';
import { type Slot, slotName } from '../slot.ts';

/** Milliseconds a request waits for a server that does not accept connections, and the pause between attempts. */
const patience = '5s';
const pause = '50ms';

/**
 * Idle connections to a server are dropped before the server drops them: Node.js closes after 5 s of silence, and a
 * request sent at that moment would be lost. https://nodejs.org/api/http.html#serverkeepalivetimeout
 */
const idle = '3s';

/** Passes requests on to whatever answers to `name`; a new look-up for every new connection, so addresses may change. */
function reverseProxy(name: string, port: number) {
  return {
    handler: 'reverse_proxy',
    upstreams: [{ dial: `${name}:${port}` }],
    load_balancing: { try_duration: patience, try_interval: pause },
    transport: {
      protocol: 'http',
      dial_timeout: '2s',
      keep_alive: { idle_timeout: idle, max_idle_conns_per_host: 128 },
    },
  };
}

/** True for a request that arrives while `slot` is active; asked of the disk for every request. */
function whenActive(resource: string, slot: Slot) {
  return [{ file: { root: `${inContainer.active}/${resource}`, try_files: [`/${slot}`] } }];
}

/**
 * Handlers that send a request to the active slot of a service, or to its plain name where it has no slots.
 * Green is asked about twice: a switch from blue to green that happens between the first two questions would
 * otherwise look as if neither were active.
 */
export function toService(resource: string, port: number) {
  const toSlot = (slot: Slot) => ({
    match: whenActive(resource, slot),
    handle: [reverseProxy(slotName(resource, slot), port)],
    terminal: true,
  });
  const routes = [toSlot('green'), toSlot('blue'), toSlot('green'), { handle: [reverseProxy(resource, port)] }];
  return [{ handler: 'subroute', routes }];
}
