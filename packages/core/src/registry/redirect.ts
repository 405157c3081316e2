import type { Agent, Dispatcher } from 'undici';

/** A registry may keep its blobs elsewhere (distribution specification, "Pulling blobs"). What it is told, another host is not. */
export async function followed(
  agent: Agent,
  response: Dispatcher.ResponseData,
  asked: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  const { location: target } = response.headers;
  if (asked.method !== 'GET' || ![301, 302, 303, 307, 308].includes(response.statusCode) || typeof target !== 'string')
    return response;
  const from = `${String(asked.origin)}${asked.path}`;
  if (!URL.canParse(target, from)) return response;
  const url = new URL(target, from);
  await response.body.dump();
  const headers = url.origin === String(asked.origin) ? asked.headers : undefined;
  return agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: 'GET',
    headers,
    signal: asked.signal,
  });
}
