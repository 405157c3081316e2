import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Host } from '../lab/host.ts';
import type { Registry } from '../lab/registry.ts';

/** Answers a request in the registry's place, and says whether it did. */
type Rule = (method: string, path: string, response: ServerResponse) => boolean;

/**
 * Puts an HTTP proxy between a host and a registry of plain HTTP, for as long as it is not disposed of: it hands everything on, and can
 * refuse what real registries refuse and this one does not.
 */
export async function startFront(host: Host, registry: Registry): Promise<AsyncDisposable & { rule: Rule }> {
  const [address = '', port = ''] = registry.host.split(':');
  const front = { rule: (() => false) as Rule };
  const handOn = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ host: address, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer((incoming, response) => {
    if (!front.rule(incoming.method ?? '', incoming.url ?? '', response)) handOn(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const own = (server.address() as AddressInfo).port;
  const redirect = `OUTPUT -t nat -p tcp -d ${address} --dport ${port} -j DNAT --to-destination ${address}:${own}`;
  await host.exec(`iptables -I ${redirect}`);
  return {
    get rule() {
      return front.rule;
    },
    set rule(rule: Rule) {
      front.rule = rule;
    },
    [Symbol.asyncDispose]: async () => {
      await host.exec(`iptables -D ${redirect}`, { check: false });
      await new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
    },
  };
}

/** An error as the distribution specification writes it. */
export function refuse(response: ServerResponse, status: number, code: string, message: string, headers = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
  return true;
}
