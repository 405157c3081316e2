import type { ReportEvent } from '../../packages/core/src/host/view/event.ts';
import { type JsonEvent, jsonView } from '../../packages/core/src/host/view/json.ts';
import { table } from './markdown.ts';

type TypeName<Value> = Value extends number ? 'number' : Value extends string ? 'text' : 'place';

/** What the page says of a field. Type and presence are the compiler's to check, so that the page cannot be wrong about them. */
type Field<Event, Key extends keyof Event> = {
  readonly type: TypeName<NonNullable<Event[Key]>>;
  readonly text: string;
} & (Record<never, never> extends Pick<Event, Key> ? { readonly optional: true } : { readonly optional?: never });

type Page<Event> = {
  readonly when: string;
  readonly fields: { readonly [Key in Exclude<keyof Event, 'event'>]-?: Field<Event, Key> };
};

/** Every event there is, and every field of it: one that is missing or too many does not compile. */
export const logEvents: {
  readonly [Name in JsonEvent['event']]: Page<Extract<JsonEvent, { event: Name }>>;
} = {
  'phase-started': {
    when: 'A phase of the run begins. Phases run side by side, and inside one another.',
    fields: {
      phase: { type: 'number', text: 'Number of the phase, from 1. What belongs to the phase repeats it.' },
      parent: { type: 'number', optional: true, text: 'The phase that it runs in.' },
      title: { type: 'text', text: 'What is done, and on what.' },
    },
  },
  output: {
    when: 'A tool printed a line.',
    fields: {
      phase: { type: 'number', text: 'The phase it belongs to.' },
      source: { type: 'text', optional: true, text: 'The server that said it, where several may.' },
      line: { type: 'text', text: 'The line, without its end and without control characters; colours stay.' },
    },
  },
  note: {
    when: 'Drayage says something.',
    fields: {
      phase: { type: 'number', optional: true, text: 'The phase it belongs to.' },
      line: { type: 'text', text: 'What it says.' },
    },
  },
  warning: {
    when: 'Something deserves attention and stops nothing.',
    fields: {
      message: { type: 'text', text: 'What it is.' },
      place: { type: 'place', optional: true, text: 'Where in a file the cause stands.' },
    },
  },
  'phase-finished': {
    when: 'A phase is over.',
    fields: {
      phase: { type: 'number', text: 'Number of the phase.' },
      title: { type: 'text', text: 'Its title again.' },
      outcome: { type: 'text', text: '`done`, `failed` or `cancelled`.' },
      milliseconds: { type: 'number', text: 'How long it took.' },
    },
  },
  'output-set': {
    when: 'The command has an output: what other steps read. Comes after the last phase of a run that went well.',
    fields: {
      name: { type: 'text', text: 'Name of the output, as `drayage <command> --help` lists it.' },
      value: { type: 'text', text: 'Its value.' },
    },
  },
  error: {
    when: 'The run failed; one event for each thing that was wrong.',
    fields: {
      code: { type: 'text', text: 'The code: a heading of TROUBLESHOOTING.md, explained by `drayage help <code>`.' },
      message: { type: 'text', text: 'What failed, on what, and what was expected.' },
      hint: { type: 'text', optional: true, text: 'What to do next.' },
      place: { type: 'place', optional: true, text: 'Where in a file the cause stands.' },
      output: { type: 'text', optional: true, text: 'The last lines of the tool that failed.' },
    },
  },
  result: {
    when: 'The run is over. Always the last line.',
    fields: {
      title: { type: 'text', text: 'Name of the command.' },
      outcome: { type: 'text', text: '`done`, `failed` or `cancelled`.' },
      exitStatus: {
        type: 'number',
        text: '0 done, 1 failed, 2 changes found (only `plan --detailed-exitcode`), 64 wrong input, 130 or 143 cancelled.',
      },
      milliseconds: { type: 'number', text: 'How long the whole run took.' },
    },
  },
};

const example: readonly ReportEvent[] = [
  { event: 'phase-started', phase: 1, title: 'Build web on builder' },
  { event: 'output', phase: 1, source: 'builder', line: '#5 [2/3] COPY . .' },
  { event: 'phase-finished', phase: 1, title: 'Build web on builder', outcome: 'done', milliseconds: 4210 },
];

/** docs/log-format.md. */
export function logFormatPage(): string {
  const sections = Object.entries(logEvents).map(([name, { when, fields }]) => {
    const rows = Object.entries(fields).map(([field, { type, text, optional }]) => [
      `\`${field}\``,
      `${type}${optional === true ? ', may be absent' : ''}`,
      text,
    ]);
    return `## ${name}\n\n${when}\n\n${table(['field', 'is', 'meaning'], rows)}\n`;
  });
  return `<!-- Generated from scripts/generate/log-format.ts by \`npm run generate\`. Do not edit. -->
# \`--log-format json\`

One event a line, each a JSON object, on standard output; on standard error where, outside of CI, the command prints data (\`history\`,
\`status\`, \`logs\`, \`schema\`). Secrets are replaced by \`***\` before anything is printed.

\`\`\`json
${exampleLines()}
\`\`\`

**Stable**: within a major version no event and no field is renamed, removed or given another meaning. New ones may come,
so a reader skips what it does not know. A field that may be absent is left out, never \`null\`.

Every event has \`event\`, its name as below, and \`at\`, milliseconds since 1970-01-01 UTC. A place has \`file\` and, where they
are known, \`line\` and \`column\`, counted from 1.

${sections.join('\n')}`;
}

/** Printed by the code that prints the real ones. */
function exampleLines(): string {
  const printed: string[] = [];
  let clock = Date.UTC(2026, 0, 1);
  const view = jsonView(
    (text) => printed.push(text),
    () => (clock += 1000),
  );
  for (const event of example) view.show(event);
  view.output?.('image', 'ghcr.io/acme/shop-web:9f2c1d7a4b10');
  view.end({ title: 'build-remote', outcome: 'done', exitStatus: 0, milliseconds: 5020, failures: [] });
  return printed.join('').trimEnd();
}
