import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks a site through the proxy every 10 ms until an answer contains `text`; resolves with that moment in milliseconds
 * since the epoch. Not found, refused and old answers are what it waits through; it gives up after `patience`.
 */
export async function firstAnswer(
  address: string,
  site: string,
  text: string,
  patience: number,
  port = 80,
): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  try {
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(10)) {
      if ((await answer(agent, address, port, site)).includes(text)) return Date.now();
    }
    throw new Error(`${site} did not answer "${text}" within ${patience / 1000} s.`);
  } finally {
    agent.destroy();
  }
}

function answer(agent: Agent, address: string, port: number, site: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host: address, port, headers: { host: site }, agent, timeout: 1_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve(response.statusCode === 200 ? body : ''));
      response.once('error', () => resolve(''));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(''));
  });
}
