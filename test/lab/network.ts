import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { stateFolder } from './machine.ts';

/** One lab's network: a bridge with the subnet 10.77.<octet>.0/24, this machine at .1, hosts from .10 on. */
export interface Network {
  octet: number;
  bridge: string;
  gateway: string;
  /** The machine's way out, or '' where it has none. */
  uplink: string;
}

export function network(octet: number, uplink: string): Network {
  return { octet, bridge: `dl${octet}`, gateway: `10.77.${octet}.1`, uplink };
}

/** The interface of the default route, or '' without one. */
export async function findUplink(): Promise<string> {
  const { stdout } = await run(['ip', 'route', 'show', 'default']);
  return /\bdev (\S+)/.exec(stdout)?.[1] ?? '';
}

/** Makes the bridge, the rules for it in chains of their own, and lets packets pass. Undone by teardown.sh. */
export async function raiseNetwork(net: Network): Promise<void> {
  const { bridge, uplink } = net;
  const subnet = `10.77.${net.octet}.0/24`;
  await run(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await run(['ip', 'address', 'add', `${net.gateway}/24`, 'dev', bridge]);
  await run(['ip', 'link', 'set', bridge, 'up']);
  const chain = chainName(net.octet);
  const rules = [
    `-t filter -N ${chain}`,
    `-t filter -A ${chain} -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
    `-t filter -A ${chain} -j ACCEPT`,
    `-t filter -I FORWARD -i ${bridge} -j ${chain}`,
    `-t filter -I FORWARD -o ${bridge} -j ${chain}`,
    `-t filter -I INPUT -i ${bridge} -j ACCEPT -m comment --comment ${chain}`,
  ];
  if (uplink) {
    rules.push(
      `-t nat -N ${chain}`,
      `-t nat -A ${chain} -o ${uplink} -j MASQUERADE`,
      `-t nat -A POSTROUTING -s ${subnet} ! -d ${subnet} -j ${chain}`,
    );
  }
  for (const rule of rules) await run(['iptables', '-w', ...rule.split(' ')]);
  for (const device of [bridge, uplink].filter(Boolean)) letPass(device);
}

/** Rules of one lab are recognised by this name. */
export function chainName(octet: number): string {
  return `DRAYAGE-LAB-${octet}`;
}

/** Connects a network namespace, named by a process in it, to the bridge. The address stays the same over restarts. */
export async function plug(net: Network, index: number, pid: number): Promise<void> {
  const link = linkName(net, index);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const mac = `02:4d:${hex(net.octet)}:00:00:${hex(index)}`;
  await run(['ip', 'link', 'delete', link], { check: false });
  await run(`ip link add ${link} master ${net.bridge} type veth peer name eth0 address ${mac} netns ${pid}`.split(' '));
  await run(['ip', 'link', 'set', link, 'up']);
}

/** Takes the cable of a host out, or puts it in again. */
export async function setLink(net: Network, index: number, state: 'up' | 'down'): Promise<void> {
  await run(['ip', 'link', 'set', linkName(net, index), state]);
}

function linkName(net: Network, index: number): string {
  return `${net.bridge}h${index}`;
}

/** Remembers what forwarding was before the first lab, so that the last one can set it back. */
function letPass(device: string): void {
  const control = `/proc/sys/net/ipv4/conf/${device}/forwarding`;
  const before = readFileSync(control, 'utf8').trim();
  if (before === '1') return;
  const memory = join(stateFolder, `forwarding.${device}`);
  if (!device.startsWith('dl') && !existsSync(memory)) writeFileSync(memory, before);
  writeFileSync(control, '1');
}
