import { quote } from '../transport/shell.ts';
import { otherSlot, proxyPaths, type Slot } from './slot.ts';

export interface Switch {
  readonly stateDir: string;
  readonly resource: string;
  /** The slot to make active; undefined takes the service out of its slots, back to its plain name. */
  readonly slot: Slot | undefined;
}

/**
 * POSIX sh that makes a slot active on a node that runs a proxy. Caddy sees it with the next request, Traefik as soon
 * as it has noticed the file; connections and requests in flight go on undisturbed. Running it twice changes nothing.
 */
export function switchScript({ stateDir, resource, slot }: Switch): string {
  const paths = proxyPaths(stateDir);
  const active = quote(`${paths.active}/${resource}`);
  const file = (name: string) => quote(`${paths.slots}/${resource}.${name}.yml`);
  const next = slot === undefined ? file('plain') : file(slot);
  const dynamic = quote(`${paths.dynamic}/${resource}.yml`);
  const temporary = quote(`${paths.dynamic}/.${resource}.next`);
  return `${slot === undefined ? leaveSlots(active) : enterSlot(active, slot)}
if [ -e ${next} ]; then
  cp ${next} ${temporary} && mv -f ${temporary} ${dynamic} || exit 1
fi
`;
}

/** One rename moves the marker from slot to slot: at no moment are both slots active. */
function enterSlot(active: string, slot: Slot): string {
  const other = otherSlot(slot);
  return `umask 022
mkdir -p ${active} || exit 1
if [ -e ${active}/${other} ]; then
  mv -f ${active}/${other} ${active}/${slot} || exit 1
elif [ ! -e ${active}/${slot} ]; then
  : >${active}/${slot} || exit 1
fi
# Nobody waits for the disk: until it has written, a power cut brings the old version back, which has yet to drain.
(sync ${active} &) >/dev/null 2>&1 </dev/null 6>&- 8>&-`;
}

function leaveSlots(active: string): string {
  return `rm -rf ${active} || exit 1`;
}

/** POSIX sh that prints the active slot, or nothing. */
export function activeSlotScript({ stateDir, resource }: Omit<Switch, 'slot'>): string {
  const active = quote(`${proxyPaths(stateDir).active}/${resource}`);
  return `for slot in green blue green; do
  if [ -e ${active}/$slot ]; then echo $slot; break; fi
done
`;
}
