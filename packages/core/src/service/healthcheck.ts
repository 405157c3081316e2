import type { Readiness } from '../docker/run-spec.ts';
import { quote } from '../transport/shell.ts';

/** Whether it depends on the image's programs how it is checked. */
export function needsTools(readiness: Readiness): boolean {
  return readiness.source === 'port' || (readiness.source === 'health' && readiness.probe.kind !== 'command');
}

/**
 * The HEALTHCHECK that asks what `readiness` asks, run inside the container; undefined where the image has no program for
 * it. Swarm keeps the old task until it passes.
 */
export function healthcheckTest(readiness: Readiness, tools: ReadonlySet<string>): readonly string[] | undefined {
  if (readiness.source === 'running') return undefined;
  if (readiness.source === 'health' && readiness.probe.kind === 'command')
    return ['CMD-SHELL', readiness.probe.command];
  if (!tools.has('sh')) return undefined;
  if (readiness.source === 'port') return shell(tcpCheck(readiness.port, 2, tools));
  const { probe, timeout } = readiness;
  const limit = Math.max(1, Math.ceil(timeout / 1000));
  if (probe.kind === 'tcp') return shell(tcpCheck(probe.port, limit, tools));
  return probe.kind === 'http' ? shell(httpCheck(probe, limit, tools)) : undefined;
}

const shell = (command: string | undefined) => (command === undefined ? undefined : ['CMD-SHELL', command]);

function httpCheck(probe: { path: string; port: number }, limit: number, tools: ReadonlySet<string>) {
  const { path, port } = probe;
  const url = quote(`http://127.0.0.1:${port}${path}`);
  if (tools.has('curl')) return `curl -fsS -o /dev/null --max-time ${limit} ${url}`;
  if (tools.has('wget')) return `wget -q -T ${limit} -O /dev/null ${url}`;
  const request = `printf 'GET %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' ${quote(path)}`;
  const verdict = 'read -r _ code _ && case $code in 2*|3*) ;; *) exit 1 ;; esac';
  if (tools.has('nc')) return `${request} | nc -w ${limit} 127.0.0.1 ${port} | { ${verdict}; }`;
  if (!tools.has('bash')) return undefined;
  return `bash -c ${quote(`exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1; ${request} >&3; { ${verdict.replace('read -r', `read -t ${limit} -r`)}; } <&3`)}`;
}

function tcpCheck(port: number, limit: number, tools: ReadonlySet<string>) {
  if (tools.has('nc')) return `nc -z -w ${limit} 127.0.0.1 ${port}`;
  return tools.has('bash') ? `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'` : undefined;
}
