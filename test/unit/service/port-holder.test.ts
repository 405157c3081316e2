import { expect, it } from 'vitest';
import { parsePortHolders } from '../../../packages/core/src/service/port-holder.ts';

it('names containers before processes, and reads the lines of ss', () => {
  const sockets = [
    'tcp   LISTEN 0 128        0.0.0.0:22      0.0.0.0:*    users:(("sshd",pid=123,fd=3))',
    'tcp   LISTEN 0 4096          [::]:8080       [::]:*    users:(("docker-proxy",pid=9,fd=4))',
    'udp   UNCONN 0 0       127.0.0.1:53      0.0.0.0:*',
    'nonsense',
  ];
  const containers = [{ name: 'web', own: true, ports: [{ PublicPort: 8080, Type: 'tcp' }, { Type: 'tcp' }] }];
  expect(parsePortHolders(sockets, containers)).toEqual([
    { port: 8080, protocol: 'tcp', holder: 'container web', own: true },
    { port: 22, protocol: 'tcp', holder: 'process sshd (pid 123)', own: false },
    { port: 53, protocol: 'udp', holder: 'a process of the node', own: false },
  ]);
});
