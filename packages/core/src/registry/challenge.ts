/** What a registry asks for in `WWW-Authenticate` (RFC 9110, 11.6.1; distribution's token specification). */
export type Challenge =
  | { readonly scheme: 'basic'; readonly realm: string }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const schemePattern = /(?:^|,)\s*(bearer|basic)\s+/gi;
const parameterPattern = /([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** The first challenge we can answer, Bearer before Basic; undefined when there is none. */
export function parseChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  const starts = [...text.matchAll(schemePattern)];
  const challenges = starts.map((start, index) => {
    const parameters = readParameters(text.slice(start.index + start[0].length, starts[index + 1]?.index));
    return { scheme: start[1]?.toLowerCase(), parameters };
  });
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined) {
    const { parameters } = bearer;
    return {
      scheme: 'bearer',
      realm: parameters.get('realm') ?? '',
      service: parameters.get('service'),
      scope: parameters.get('scope'),
    };
  }
  const basic = challenges.find(({ scheme }) => scheme === 'basic');
  return basic && { scheme: 'basic', realm: basic.parameters.get('realm') ?? '' };
}

function readParameters(text: string): Map<string, string> {
  const pairs = [...text.matchAll(parameterPattern)].map(
    ([, name = '', quoted, bare]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? ''] as const,
  );
  return new Map(pairs);
}
