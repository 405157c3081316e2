// The child process that sends the requests: open loop, so that a server that stalls is not spared. Started by load.ts.
import * as http from 'node:http';
import * as https from 'node:https';
import type { FromGenerator, LoadPlan, ToGenerator } from './plan.ts';
import { type Kind, type Outcome, type Tally, tally } from './tally.ts';

/** Short enough that requests are spread, long enough that the timer itself costs nothing. */
const tick = 5;

function start(plan: LoadPlan): { tally: Tally; stop: () => Promise<void> } {
  const startedAt = Date.now();
  const counts = tally(startedAt);
  const client = new URL(plan.url).protocol === 'https:' ? https : http;
  const kept = new client.Agent({ keepAlive: true });
  const open = new Set<Promise<void>>();
  let sequence = 0;

  const send = (kind: Kind): void => {
    const sentAt = Date.now();
    const address = plan.addresses[sequence++ % plan.addresses.length] ?? '';
    counts.sent(kind, sentAt);
    const done: Promise<void> = ask(plan, kind, address, kind === 'new' ? false : kept)
      .then((outcome) => counts.ended(kind, sentAt, Date.now(), outcome))
      .finally(() => open.delete(done));
    open.add(done);
  };

  let normal = 0;
  let slow = 0;
  let expected = startedAt;
  const timer = setInterval(() => {
    const now = Date.now();
    counts.lateBy(now - expected);
    expected = now + tick;
    for (const due = Math.floor(((now - startedAt) * plan.rate) / 1000); normal < due; normal += 1) {
      send(normal % 2 === 0 ? 'kept' : 'new');
    }
    if (plan.slow === undefined) return;
    for (const due = Math.floor(((now - startedAt) * plan.slow.rate) / 1000) + 1; slow < due; slow += 1) send('slow');
  }, tick);

  return {
    tally: counts,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      kept.destroy();
    },
  };
}

/** Sends one request and reads the whole answer. Every way to fail ends up in the outcome. */
function ask(plan: LoadPlan, kind: Kind, address: string, agent: http.Agent | false): Promise<Outcome> {
  const url = new URL(kind === 'slow' && plan.slow ? plan.slow.path : plan.url, plan.url);
  const secure = url.protocol === 'https:';
  const options: https.RequestOptions = {
    host: address,
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    headers: { host: url.host, connection: agent ? 'keep-alive' : 'close' },
    agent,
    ...(secure ? { servername: url.hostname, ca: plan.ca } : {}),
  };
  return new Promise((resolve) => {
    const request = (secure ? https : http).request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 4096) body += chunk;
      });
      response.on('error', (error) => end({ failure: `${nameOf(error)} in the middle of the answer` }));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) end({ failure: `status ${status}` });
        else end({ version: versionOf(response.headers, body) });
      });
    });
    const patience = setTimeout(() => {
      end({ failure: `no answer within ${plan.timeout / 1000} s` });
      request.destroy();
    }, plan.timeout);
    const end = (outcome: Outcome): void => {
      clearTimeout(patience);
      resolve(outcome);
    };
    request.on('error', (error) => end({ failure: nameOf(error) }));
    request.end();
  });
}

function nameOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** The application says which version it is in a header, or in its text: `version 1.2`, `"version": "1.2"`. */
function versionOf(headers: http.IncomingHttpHeaders, body: string): string {
  return String(headers['x-version'] ?? /\bversion\b\W*([\w.-]+)/.exec(body)?.[1] ?? 'unknown');
}

const say = (message: FromGenerator): boolean => process.send?.(message) ?? false;
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
let running: ReturnType<typeof start> | undefined;

process.on('message', async (message: ToGenerator) => {
  if (message.kind === 'start') running = start(message.plan);
  if (message.kind === 'stop') await running?.stop();
  if (running === undefined || message.kind === 'start') return;
  say({ kind: message.kind, result: running.tally.result(cpuSeconds()) });
  if (message.kind === 'stop') process.disconnect();
});
// Whoever started it is gone, in whatever way: nobody is left to read the result.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole foreground group; the parent decides what it means.
process.on('SIGINT', () => undefined);
