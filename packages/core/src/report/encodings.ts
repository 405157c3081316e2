import { shortestMask } from '../config/secret.ts';

/**
 * All texts that give a secret away: itself, without the blanks around it, each of its lines, and the forms in which
 * programs print it (base64 at any offset, hex, URLs, JSON, HTML, shell quotes).
 */
export function givingAway(secret: string): string[] {
  if (secret.trim().length < shortestMask) return [];
  const forms = new Set<string>();
  for (const whole of new Set([secret, secret.trim()])) {
    for (const form of [whole, ...textForms(whole), ...byteForms(whole)]) forms.add(form);
  }
  for (const line of linesOf(secret)) for (const form of [line, ...textForms(line)]) forms.add(form);
  return [...forms].filter((form) => form.length >= shortestMask);
}

/** Lines that say something: not the armour of PEM, which public keys and certificates have too. */
function linesOf(secret: string): string[] {
  if (!/[\r\n]/.test(secret)) return [];
  return secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => !/^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(line));
}

/** How the text looks after a printer has protected some of its characters. */
function textForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = encodeUri(text);
  const strict = url.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  // application/x-www-form-urlencoded, which leaves other marks alone than encodeURIComponent.
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  return [
    json,
    json.replaceAll('/', '\\/'),
    // encoding/json of Go, with which Docker prints.
    json.replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`),
    asciiJson(json),
    JSON.stringify(json).slice(1, -1),
    ...[url, strict, form].flatMap((encoded) => [encoded, encoded.replaceAll('%20', '+'), lowerPercent(encoded)]),
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["\\$`]/g, '\\$&'),
    // printf %q of bash.
    text.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    html(text, '&#39;', '&quot;'),
    html(text, '&#x27;', '&#34;'),
    text.replaceAll('\n', '\r\n'),
  ];
}

/** How its bytes look in encodings of bytes; programs write base64 in lines of 64 or 76 characters. */
function byteForms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.toString('base64');
  const hex = bytes.toString('hex');
  const standard = [whole, whole.replace(/=+$/, ''), ...inner(bytes), ...wrapped(whole, 64), ...wrapped(whole, 76)];
  const safe = standard.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...standard, ...safe, hex, hex.toUpperCase()];
}

/**
 * base64 of the secret as a part of something longer: what its bytes alone decide when one or two foreign bytes stand
 * before them in their group of three (and, at the end, after them).
 */
function inner(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}

function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [];
  return Array.from({ length: Math.ceil(text.length / width) }, (_, line) =>
    text.slice(line * width, (line + 1) * width),
  );
}

function encodeUri(text: string): string {
  // A lone surrogate cannot be encoded, and cannot be printed either.
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function lowerPercent(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function asciiJson(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function html(text: string, apostrophe: string, quote: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll("'", apostrophe).replaceAll('"', quote);
}
