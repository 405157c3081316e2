/** The forms of these secrets that stand in a text: in plain, line by line, and as programs encode them. */
export function leaks(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, value]) =>
    [...formsOf(value)].filter(([, form]) => text.includes(form)).map(([how]) => `${name} ${how}`),
  );
}

function formsOf(value: string): Map<string, string> {
  const bytes = Buffer.from(value);
  const forms = new Map([
    ['in plain', value],
    ['as hex', bytes.toString('hex')],
    ['in a URL', encodeURIComponent(value)],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in a shell word', value.replaceAll("'", "'\\''")],
  ]);
  // Inside of other text base64 depends on where it begins; the ends depend on the neighbours and are left out.
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const inner = padded.slice(offset === 0 ? 0 : 4).replace(/.{0,4}$/, '');
    forms.set(`as base64 at ${offset}`, inner);
    forms.set(`as base64url at ${offset}`, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  const lines = value.split(/\r?\n/).filter((line) => line !== value && !line.startsWith('-----'));
  for (const [index, line] of lines.entries()) {
    forms.set(`line ${index + 1}`, line);
    forms.set(`line ${index + 1} as base64`, Buffer.from(line).toString('base64').replace(/=+$/, ''));
  }
  return new Map([...forms].filter(([, form]) => form.length >= 6));
}
