/** Who listens on a port of the node already. */
export interface PortHolder {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** `container web` or `process nginx (pid 812)`. */
  readonly holder: string;
  /** A container of the service that is being deployed: it gives the port up in the switch. */
  readonly own: boolean;
}

interface Publisher {
  readonly name: string;
  readonly own: boolean;
  readonly ports: readonly { readonly PublicPort?: number | undefined; readonly Type: string }[];
}

/** From the lines of `ss -Hltunp` and the engine's containers; a port that a container publishes is told by the container. */
export function parsePortHolders(socketLines: readonly string[], containers: readonly Publisher[]): PortHolder[] {
  const holders = new Map<string, PortHolder>();
  for (const { name, own, ports } of containers) {
    for (const { PublicPort: port, Type: protocol } of ports) {
      if (port === undefined || (protocol !== 'tcp' && protocol !== 'udp')) continue;
      holders.set(`${port}/${protocol}`, { port, protocol, holder: `container ${name}`, own });
    }
  }
  for (const line of socketLines) {
    const [protocol, , , , local = ''] = line.trim().split(/\s+/);
    const port = Number(local.slice(local.lastIndexOf(':') + 1));
    if ((protocol !== 'tcp' && protocol !== 'udp') || !Number.isInteger(port) || holders.has(`${port}/${protocol}`))
      continue;
    const process = /users:\(\("([^"]+)",pid=(\d+)/.exec(line);
    const holder = process === null ? 'a process of the node' : `process ${process[1]} (pid ${process[2]})`;
    holders.set(`${port}/${protocol}`, { port, protocol, holder, own: false });
  }
  return [...holders.values()];
}
