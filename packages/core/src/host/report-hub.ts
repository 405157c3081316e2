import { AsyncLocalStorage } from 'node:async_hooks';
import { DrayageError, type Location } from '../errors/drayage-error.ts';
import type { Redactor } from '../report/redact.ts';
import type { Phase, PhaseRecord, Report } from '../report/report.ts';
import type { ReportEvent } from './view/event.ts';
import { type Voice, voice } from './voice.ts';

export interface HubOptions {
  readonly emit: (event: ReportEvent) => void;
  readonly redactor: Redactor;
  readonly mask: (value: string) => void;
  readonly isCancelled: () => boolean;
  readonly now?: () => number;
}

/**
 * Turns what the domain reports into redacted events. A phase that is started within another one is known as its child,
 * whatever functions lie between.
 */
export function reportHub(options: HubOptions): Report {
  const { emit, redactor, mask, isCancelled, now = Date.now } = options;
  const redact = redactor.text;
  const records: PhaseRecord[] = [];
  const current = new AsyncLocalStorage<number>();
  let count = 0;

  async function phase<T>(rawTitle: string, work: (phase: Phase) => Promise<T>): Promise<T> {
    const title = redact(rawTitle);
    const id = ++count;
    const startedAt = now();
    emit({ event: 'phase-started', phase: id, parent: current.getStore(), title });
    const voices = new Map<string | undefined, Voice>();
    const voiceOf = (source: string | undefined) => {
      const known = voices.get(source);
      if (known !== undefined) return known;
      const made = voice(redactor, (line) => emit({ event: 'output', phase: id, source, line }));
      voices.set(source, made);
      return made;
    };
    const finish = (outcome: PhaseRecord['outcome']) => {
      for (const each of voices.values()) each.end();
      const finishedAt = now();
      records.push({ title, startedAt, finishedAt, outcome });
      emit({ event: 'phase-finished', phase: id, title, outcome, milliseconds: finishedAt - startedAt });
    };
    const handle: Phase = {
      output: (chunk, source) => voiceOf(source).write(chunk),
      note: (line) => emit({ event: 'note', phase: id, line: redact(line) }),
    };
    try {
      const result = await current.run(id, () => work(handle));
      finish('done');
      return result;
    } catch (error) {
      const cancelled = isCancelled() || (error instanceof DrayageError && error.code === 'CANCELLED');
      finish(cancelled ? 'cancelled' : 'failed');
      throw error;
    }
  }

  return {
    phase,
    note: (line) => emit({ event: 'note', phase: current.getStore(), line: redact(line) }),
    warn: (message, place?: Location) => emit({ event: 'warning', message: redact(message), place }),
    mask,
    get phases() {
      return records;
    },
  };
}
