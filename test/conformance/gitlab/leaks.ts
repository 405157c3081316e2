/** Where a secret stands in a log, in words; written beside Drayage's own redaction, so that they can disagree. */
export function leaksOf(log: string, secrets: Readonly<Record<string, string>>): string[] {
  // Colours and the line ends of a terminal could stand in the middle of one.
  const plain = log.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replaceAll('\r', '');
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(forms(secret)).flatMap(([form, texts]) =>
      texts.filter((text) => text.length >= 6 && plain.includes(text)).map(() => `${name} as ${form}`),
    ),
  );
}

function forms(secret: string): Record<string, string[]> {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return {
    text: [secret, secret.trim()],
    base64: [bytes.toString('base64'), Buffer.from(`${secret}\n`).toString('base64')].map((text) => text.slice(0, -3)),
    'base64 behind one more byte': [Buffer.from(`.${secret}`).toString('base64').slice(4, -4)],
    'base64 behind two more bytes': [Buffer.from(`..${secret}`).toString('base64').slice(4, -4)],
    base64url: [bytes.toString('base64url').slice(0, -3)],
    hex: [bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
    URL: [encodeURIComponent(secret), new URLSearchParams({ '': secret }).toString().slice(1)],
    JSON: [json, JSON.stringify(json).slice(1, -1)],
    'a line of it': secret.includes('\n') ? secret.split('\n').filter((line) => !line.startsWith('-----')) : [],
  };
}
